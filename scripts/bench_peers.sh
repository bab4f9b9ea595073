#!/usr/bin/env bash
# Build what `make bench` compares with and nobody packages: mediasoup's worker from its npm package, and Debian's
# libsrtp2 once more, on OpenSSL, which that worker links and a tuned Janus loads. Into build/peers, once (about ten
# minutes on two cores); nothing of it is installed or committed, and no test needs it.
# Use (`make bench-peers` has installed what it needs): scripts/bench_peers.sh
set -eu
cd "$(dirname "$0")/.."
parts=bench/mediasoup
peers=$PWD/build/peers
stamp=$(cat "$0" $parts/CMakeLists.txt $parts/package-lock.json | sha256sum)
jobs=${JOBS:-$(nproc)}
log=$peers/log
if [ "$(cat "$peers/.stamp" 2>/dev/null)" = "$stamp" ]; then
    echo 'What make bench compares with is built: build/peers'
    exit
fi
mkdir -p "$peers"
rm -f "$peers/.stamp"
: >"$log"
failed() {
    tail -n 20 "$log" >&2
    echo "It cannot be built: $1. The whole output is in build/peers/log; make bench leaves out what is missing." >&2
    exit 1
}

# The sources that this machine has its packages from, asked for the source of one: by a list of its own, so that
# nothing of the machine's changes.
source_of() { # package, folder
    local lists=$peers/apt
    rm -rf "$lists" "$2"
    mkdir -p "$lists/parts" "$lists/lists/partial" "$2"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
        [ ! -f "$file" ] || sed -E 's/^deb( |$)/deb-src\1/; s/^Types:.*/Types: deb-src/' "$file" >"$lists/parts/${file##*/}"
    done
    local apt=(apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$lists/parts"
        -o Dir::State::Lists="$lists/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
    "${apt[@]}" update >>"$log" 2>&1 && (cd "$2" && "${apt[@]}" source "$1" >>"$log" 2>&1)
}

build_srtp() {
    source_of libsrtp2 "$peers/source" || return
    rm -rf "$peers/libsrtp2"
    mv "$peers"/source/libsrtp2-*/ "$peers/libsrtp2"
    (cd "$peers/libsrtp2" && ./configure --enable-openssl && make -j "$jobs" libsrtp2.a shared_library) >>"$log" 2>&1 &&
        ldd "$peers/libsrtp2/libsrtp2.so.1" | grep -q libcrypto
}

# The worker wants a libsrtp 3 that is not released: two edits make it take 2.5.
edit_worker() {
    local file=$peers/worker/src/RTC/SrtpSession.cpp
    sed -E -i 's/^(\t*)const (srtp_err_status_t err = srtp_(un)?protect(_rtcp)?)\((.*), len\);$/\1int size = static_cast<int>(*len);\n\1const \2(\5, \&size);\n\1*len = static_cast<size_t>(size);/' "$file"
    sed -i 's/srtp_stream_remove(/srtp_remove_stream(/' "$peers/worker/include/RTC/SrtpSession.hpp"
    [ "$(grep -c '&size);$' "$file")" = 4 ]
}

build_worker() {
    cp $parts/package.json $parts/package-lock.json $parts/.npmrc "$peers/"
    # Without its scripts, which would fetch a worker or the sources of its libraries.
    (cd "$peers" && npm ci --silent --ignore-scripts) >>"$log" 2>&1 || return
    rm -rf "$peers/worker" "$peers/include" "$peers/mediasoup"
    cp -r "$peers/node_modules/mediasoup/worker" "$peers/worker"
    edit_worker || return
    flatc --cpp --cpp-field-case-style lower --reflect-names --scoped-enums --filename-suffix '' \
        -o "$peers/include/FBS" "$peers"/worker/fbs/*.fbs >>"$log" 2>&1 || return
    cmake -S $parts -B "$peers/mediasoup" -G Ninja -DWORKER="$peers/worker" -DFBS="$peers/include" -DSRTP="$peers/libsrtp2" >>"$log" 2>&1 &&
        ninja -C "$peers/mediasoup" -j "$jobs" >>"$log" 2>&1
}

echo 'Building libsrtp2 on OpenSSL'
build_srtp || failed 'libsrtp2'
echo 'Building the worker of mediasoup'
build_worker || failed 'the worker of mediasoup'
echo "$stamp" >"$peers/.stamp"
command -v janus >/dev/null || echo 'Janus is not installed (apt-get install --no-install-recommends janus): make bench leaves it out.'
