# nixpkgs' Python names its loader and libraries itself, and none of them is its own.
minor=$(echo "$seed"/lib/python3.*)
minor=${minor##*/python}
mkdir -p "$out/bin" "$out/lib"
cp "$seed/bin/python3" "$out/bin/python$minor"
cp -R "$seed/lib/python$minor" "$out/lib"
for file in "$seed"/lib/*.so*; do
  if [ ! -e "$glibc/lib/${file##*/}" ]; then cp "$file" "$out/lib"; fi
done
chmod -R u+w "$out"
for file in "$out"/lib/*.so* "$out/lib/python$minor"/lib-dynload/*.so "$out/bin/python$minor"; do
  patchelf --set-rpath "$out/lib:$glibc/lib" "$file"
done
patchelf --set-interpreter "$(echo "$glibc"/lib/ld-linux*)" "$out/bin/python$minor"
ln -s "python$minor" "$out/bin/python3"
ln -s "python$minor" "$out/bin/python"
