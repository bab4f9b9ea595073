# Who may include whom (docs/STYLE.md): a file includes its own folder or a strictly lower rank.
# Use: awk -f layers.awk $(git ls-files 'server/*.[ch]')
BEGIN {
    split("base 1 msg 2 crypto 2 wire 2 transport 3 tlog 3 cc 3 media 4 sfu 5 signal 5 cluster 5 shell 6 sim 6", a, " ")
    for (i = 1; i in a; i += 2) rank[a[i]] = a[i + 1]
    # External libraries by room; a header that is not listed may be used by shell/ and sim/ only.
    allow["openssl"] = "^(crypto/|transport/dtls|shell/)"
    allow["jansson.h"] = "^(signal/message|signal/json|signal/auth|shell/)"
    allow["wslay"] = "^shell/web_"
    allow["sqlite3.h"] = "^shell/(store|directory)_sqlite"
    allow["nats"] = "^shell/(bus|directory)_nats"
    allow["ini.h"] = "^shell/config"
}
FNR == 1 { n = split(FILENAME, d, "/"); own = d[n - 1]; file = own "/" d[n] }
match($0, /^#include "[a-z0-9_]+\//) {
    inc = substr($0, RSTART + 10, RLENGTH - 11)
    if (!(inc in rank)) { print FILENAME ":" FNR ": unknown room " inc; bad = 1 }
    else if (inc != own && rank[inc] >= rank[own]) { print FILENAME ":" FNR ": " own " must not include " inc; bad = 1 }
}
rank[own] < 6 && /^#include <(sys\/|time\.h|pthread|threads|unistd|netinet|arpa|signal\.h|stdatomic|errno\.h|fcntl|poll)/ {
    print FILENAME ":" FNR ": system header in the core"; bad = 1
}
match($0, /^#include <[a-z0-9_]+(\.h)?/) {
    lib = substr($0, RSTART + 10, RLENGTH - 10)
    if (lib in allow && file !~ allow[lib]) { print FILENAME ":" FNR ": " lib " may not be used here"; bad = 1 }
    if (lib == "srtp2") { print FILENAME ":" FNR ": libsrtp2 is the oracle of the tests, never in the product"; bad = 1 }
}
END { exit bad }
