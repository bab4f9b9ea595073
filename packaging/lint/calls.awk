# Calls that the house does not use, each with its replacement. A line may state an exception with
# a comment "lint: <reason>".
# Use: awk -f calls.awk $(git ls-files 'server/*.[ch]')
function refuse(text) { print FILENAME ":" FNR ": " text; bad = 1 }
FNR == 1 { n = split(FILENAME, d, "/"); room = d[n - 1]; core = room != "shell" && room != "sim"; base = FILENAME ~ /base\/(rd|wr)\.h$/ }
{ line = $0; sub(/\/\*.*\*\//, "", line); sub(/^[ \t]*\*.*/, "", line); gsub(/"([^"\\]|\\.)*"/, "\"\"", line) }
/lint: / { next }
line ~ /(^|[^a-z_0-9])(strcpy|strcat|sprintf|vsprintf|gets)[ ]*\(/ { refuse("unbounded copy: use snprintf or ic_wr_text") }
line ~ /(^|[^a-z_0-9])(atoi|atol|strtol|strtoul|sscanf|scanf)[ ]*\(/ { refuse("lenient number: use ic_value_number or the reader") }
line ~ /(^|[^a-z_0-9])(strtok|strstr)[ ]*\(/ && core { refuse("text search in the core: parse with the reader") }
core && line ~ /(^|[^a-z_0-9])(time|clock_gettime|gettimeofday|clock|rand|random|getrandom|RAND_bytes)[ ]*\(/ { refuse("clock or entropy in the core: take now, prng or ic_entropy as an argument") }
core && FILENAME !~ /base\/pool\.c$/ && FILENAME !~ /transport\/dtls/ && line ~ /(^|[^a-z_0-9])(malloc|calloc|realloc|free|strdup|alloca)[ ]*\(/ { refuse("allocation in the core: reserve at start with ic_pool or ic_array_alloc") }
core && line ~ /(^|[^a-z_0-9])(printf|fprintf|puts|fputs|perror)[ ]*\(/ && FILENAME !~ /base\/assert\.c$/ { refuse("output in the core: make it an effect") }
core && line ~ /(^|[^a-z_0-9])(pthread_|mtx_|thrd_|sem_)/ { refuse("thread or lock in the core") }
FILENAME !~ /cluster\/policy_filter\.c$/ && line ~ /\((const )?struct ic_eligible(_list)? ?\*?\)[^;,]/ { refuse("only ic_policy_filter makes an ic_eligible: no cast, no literal") }
room == "shell" && line ~ /ic_dtls_null/ { refuse("the null DTLS never leaves tests") }
line ~ /\?\?=|TODO|FIXME|XXX|HACK/ { refuse("left-over mark: do it, or file an issue") }
END { exit bad }
