#!/usr/bin/env bash
# Install what is missing for building, running and testing: Debian packages, and a Node.js that is
# new enough. Quiet and quick when nothing is missing. Use: scripts/need.sh build|test|peers
set -eu
cd "$(dirname "$0")/.."

node_least=20.19.0
build_packages=(build-essential cmake ninja-build pkg-config libssl-dev libjansson-dev
    libsqlite3-dev libwslay-dev libinih-dev libnats-dev)
[ "$(uname -m)" != x86_64 ] || build_packages+=(libipsec-mb-dev) # there is none for others
test_packages=("${build_packages[@]}" clang clang-format llvm libclang-rt-14-dev libcmocka-dev
    libsrtp2-dev chromium firefox-esr nats-server iproute2 nftables openssl procps git pulseaudio curl gdb
    tcpdump faketime valgrind)
# For scripts/bench_peers.sh.
peers_packages=("${build_packages[@]}" dpkg-dev libuv1-dev libusrsctp-dev libabsl-dev libflatbuffers-dev flatbuffers-compiler)

case ${1:-build} in
build) packages=("${build_packages[@]}") ;;
test) packages=("${test_packages[@]}") ;;
peers) packages=("${peers_packages[@]}") ;;
*) echo "usage: scripts/need.sh build|test|peers" >&2; exit 2 ;;
esac

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else
        echo "These commands need root, and sudo is not here. Run as root:" >&2
        echo "  $*" >&2
        exit 1
    fi
}

install_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if ! command -v apt-get >/dev/null; then
        echo "This is not Debian: install the equivalents of these packages by hand: ${missing[*]}" >&2
        exit 1
    fi
    echo "Installing: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >build/apt.log 2>&1 || {
        tail -20 build/apt.log >&2
        echo "The packages could not be installed; the whole output is in build/apt.log." >&2
        exit 1
    }
}

node_is_new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        [ "$(printf '%s\n%s\n' "$node_least" "$(node --version | tr -d v)" | sort -V | head -1)" = "$node_least" ]
}

# Debian 12 has Node.js 18; the client's build tool wants a newer one, which npm itself can fetch.
install_node() {
    PATH="$PWD/build/tools/bin:$PATH"
    node_is_new_enough && return
    install_packages nodejs npm
    local machine
    case $(uname -m) in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *)
        echo "Install Node.js $node_least or newer by hand: there is no package for $(uname -m)." >&2
        exit 1 ;;
    esac
    echo "Fetching Node.js 22 into build/tools"
    mkdir -p build/tools/bin
    npm install --silent --no-audit --no-fund --prefix build/tools "node-linux-$machine@22" npm@10
    ln -sf "../node_modules/node-linux-$machine/bin/node" build/tools/bin/node
    ln -sf ../node_modules/npm/bin/npm-cli.js build/tools/bin/npm
    ln -sf ../node_modules/npm/bin/npx-cli.js build/tools/bin/npx
}

mkdir -p build
install_packages "${packages[@]}"
install_node
