mkdir -p "$out/bin"
path=
for folder in $folders; do path=$path:$folder; done
for name in python python3 "${interpreter##*/}"; do
  {
    echo "#!$shell"
    echo "PYTHONPATH=${path#:}\${PYTHONPATH:+:\$PYTHONPATH} exec $interpreter \"\$@\""
  } >"$out/bin/$name"
  chmod 555 "$out/bin/$name"
done
