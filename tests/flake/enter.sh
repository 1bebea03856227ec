# Enter a machine that has nothing but a store: no /usr, no /bin, no Python and no network.
#
# Started in namespaces of its own, as: sh enter.sh ROOT FOLDER BUSYBOX COMMAND…
# ROOT is an empty folder to live in. FOLDER holds the store, the checkout, the small nixpkgs and
# a home. BUSYBOX is a program of that store.
set -eu
root=$1 folder=$2 busybox=$3
shift 3
mount -t tmpfs -o mode=755 machine "$root"
cd "$root"
mkdir -p checkout dev etc/nix home nix old proc small tmp
chmod 1777 tmp
mount --rbind "$folder/store/nix" nix
# A Nix of root kills all processes of a build user before and after it builds: which are taken
# has to be known to every Nix of this kernel.
if [ -d /nix/var/nix/userpool ]; then
  mkdir -p nix/var/nix/userpool
  mount --bind /nix/var/nix/userpool nix/var/nix/userpool
fi
mount --rbind "$folder/checkout" checkout
mount --rbind "$folder/small" small
mount --rbind /dev dev
mount -t proc proc proc
cp /etc/passwd /etc/group etc
cp "$folder/nix.conf" etc/nix
# shellcheck disable=SC2016 # for the shell of the other side
exec "$folder/store$busybox" sh -euc '
  busybox=$1
  ".$busybox" pivot_root . old
  cd /checkout
  "$busybox" umount -l /old
  "$busybox" rmdir /old
  exec "$@"
' sh "$@"
