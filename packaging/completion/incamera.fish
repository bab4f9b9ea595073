# fish completion for incamera. Install as /usr/share/fish/vendor_completions.d/incamera.fish.
# tests/cli holds this list against 'incamera serve --help'.

set -l commands serve check-config print-config ports log operator node version help
set -l configured 'serve check-config print-config ports node'

complete -c incamera -f
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a serve -d 'run the server'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a check-config -d 'say what is wrong with the configuration'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a print-config -d 'print the settings in force'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a ports -d 'print the ports that a firewall must let through'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a log -d 'the transparency log'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a operator -d 'sign which machines carry meetings'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a node -d 'print what this machine is to be certified as'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a version -d 'print the version'
complete -c incamera -n "not __fish_seen_subcommand_from $commands" -a help -d 'explain a command'
complete -c incamera -n "__fish_seen_subcommand_from help" -a "serve check-config print-config ports log operator node version"

complete -c incamera -s h -l help -d 'explain the command'
complete -c incamera -n "__fish_seen_subcommand_from check-config print-config ports log operator node version" -l json -d 'for programs'

complete -c incamera -n "__fish_seen_subcommand_from $configured" -l dev -d 'try it on this machine'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l lan -d 'with --dev: for other devices too'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l config -r -F -d 'configuration file'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l listen -x -d 'where HTTPS and WebSockets are served'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l tls -x -a 'on off self-signed' -d 'off only behind a proxy'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l tls-cert -r -F -d 'certificate chain (PEM)'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l tls-key -r -F -d 'its private key (PEM)'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l origin -x -d 'origins that may connect'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l issuer -x -d 'who may sign people in'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l media-address -x -d 'announced for media'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l media-port -x -d 'UDP port of the first media worker'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l media-udp-base -x -d 'worker i listens on this port + i'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l media-workers -x -d 'threads that carry media; 0: one per core'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l data-dir -x -a '(__fish_complete_directories)' -d 'database and keys'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l log-folder -x -a '(__fish_complete_directories)' -d 'public folder of a log'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l node-name -x -d 'of this node in its certificate'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l node-region -x -d 'country that this node stands in'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l node-site -x -d 'latitude, longitude, km'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l node-entity -x -d 'who runs this machine'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l participants-max -x -d 'people on this server'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l meeting-members-max -x -d 'people in one meeting'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l connections-max -x -d 'open sockets'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l connections-per-address-max -x -d 'open sockets of one address'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l log-format -x -a 'json text' -d 'lines on standard error'
complete -c incamera -n "__fish_seen_subcommand_from $configured" -l drain-timeout-s -x -d 'SIGTERM waits this long'

complete -c incamera -n "__fish_seen_subcommand_from log" -a 'init add show prove request cosign verify'
complete -c incamera -n "__fish_seen_subcommand_from log" -l name -x -d 'of the log'
complete -c incamera -n "__fish_seen_subcommand_from log" -l old -x -d 'entries that the witness saw'
complete -c incamera -n "__fish_seen_subcommand_from log" -l out -r -F -d 'a new file'
complete -c incamera -n "__fish_seen_subcommand_from log" -F
complete -c incamera -n "__fish_seen_subcommand_from log" -l policy -r -F -d 'logs, witnesses and quorum'
complete -c incamera -n "__fish_seen_subcommand_from log" -l keys -r -F -d 'verifier keys, one a line'
complete -c incamera -n "__fish_seen_subcommand_from log" -l quorum -x -d 'witnesses that must have cosigned'
complete -c incamera -n "__fish_seen_subcommand_from log" -l origin -x -d 'of the log'

complete -c incamera -n "__fish_seen_subcommand_from operator" -a 'init sign-node sign-set rotate'
complete -c incamera -n "__fish_seen_subcommand_from operator" -F
complete -c incamera -n "__fish_seen_subcommand_from operator" -l keys -r -F -d 'list of keys'
complete -c incamera -n "__fish_seen_subcommand_from operator" -l key -r -F -d 'private key'
complete -c incamera -n "__fish_seen_subcommand_from operator" -l name -x -d 'of the new key'
complete -c incamera -n "__fish_seen_subcommand_from operator" -l out -r -F -d 'file to write'
complete -c incamera -n "__fish_seen_subcommand_from operator" -l threshold -x -d 'how many must sign'
complete -c incamera -n "__fish_seen_subcommand_from node" -a facts -d 'print the text to be signed'
complete -c incamera -n "__fish_seen_subcommand_from operator node" -l days -x -d 'of validity'
complete -c incamera -n "__fish_seen_subcommand_from operator node" -l serial -x -d 'of the set or certificate'
