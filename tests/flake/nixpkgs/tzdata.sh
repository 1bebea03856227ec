mkdir -p "$out/share"
cp -R "$seed/share/zoneinfo" "$out/share/zoneinfo"
