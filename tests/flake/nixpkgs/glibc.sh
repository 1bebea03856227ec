mkdir -p "$out/lib"
for name in libc libdl libgcc_s libm libnsl libpthread libresolv librt libutil; do
  for file in "$seed/lib/$name".so*; do
    if [ -e "$file" ]; then cp "$file" "$out/lib"; fi
  done
done
cp "$seed"/lib/ld-linux* "$out/lib"
cp -R "$seed/lib/locale" "$out/lib/locale"
