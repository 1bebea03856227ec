cp -R "$seed" "$out"
chmod -R u+w "$out"
for file in "$out"/lib/*.so*; do
  case $file in */ld-linux*) continue ;; esac
  patchelf --set-rpath "$out/lib" "$file"
done
for program in "$out"/bin/*; do
  if [ ! -L "$program" ]; then
    patchelf --set-interpreter "$(echo "$out"/lib/ld-linux*)" --set-rpath "$out/lib" "$program"
  fi
done
