"$seed" mkdir -p "$out/bin"
"$seed" cp "$seed" "$out/bin/busybox"
for applet in $("$seed" --list); do
  "$seed" [ "$applet" = busybox ] || "$seed" ln -s busybox "$out/bin/$applet"
done
