# bash completion for incamera. Install as /usr/share/bash-completion/completions/incamera.
# tests/cli holds this list against 'incamera serve --help'.

_incamera() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands='serve drain check-config print-config ports log operator node witness audit load version help'
    local settings='--listen --tls --tls-cert --tls-key --origin --issuer --media-address
        --media-port --media-udp-base --relay-port --media-workers --coalesce-us --crypto-engine --data-dir --log-folder --node-name --node-region
        --node-site --node-entity --nats-url --nats-credentials --nats-ca --cluster-name
        --placement-tags --participants-max --meeting-members-max
        --connections-max --connections-per-address-max --log-format --drain-timeout-s'
    COMPREPLY=()

    if [ "$previous" = '=' ]; then # bash splits --tls=on at the "="
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    elif [ "$current" = '=' ]; then
        previous=${COMP_WORDS[COMP_CWORD - 1]}
        current=
    fi
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
        return
    fi
    case $previous in
    --config | --tls-cert | --tls-key | --nats-credentials | --nats-ca | --keys | --key | --logs | --policy | --out)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --data-dir | --log-folder)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    --tls)
        mapfile -t COMPREPLY < <(compgen -W 'on off self-signed' -- "$current")
        return
        ;;
    --shape)
        mapfile -t COMPREPLY < <(compgen -W 'V T L A' -- "$current")
        return
        ;;
    --log-format)
        mapfile -t COMPREPLY < <(compgen -W 'json text' -- "$current")
        return
        ;;
    --listen | --origin | --quorum | --old | --issuer | --media-* | --node-* | --name | --threshold | --days | --serial | --publishers | --subscribers | --slots | --joins | --frames | --warm-up | --seconds | --*-max | --drain-timeout-s | --timeout)
        return # a value that only the operator knows
        ;;
    esac
    case ${COMP_WORDS[1]} in
    serve) commands="--dev --lan --config --help $settings" ;;
    drain) commands="--timeout --config --json --help $settings" ;;
    check-config | print-config | ports) commands="--dev --lan --config --json --help $settings" ;;
    log) commands='init add show prove request cosign verify --name --old --out --policy --keys --quorum --origin --json --help' ;;
    operator) commands='init sign-node sign-set rotate --keys --key --name --out --threshold --days --serial --json --help' ;;
    node) commands="facts egress --days --serial --policy-countries --no-clients --also --config --json --help $settings" ;;
    witness) commands='init serve --name --logs --listen --json --help' ;;
    audit) commands='verify --countries --log-policy --json --help' ;;
    load) commands='--shape --publishers --subscribers --slots --joins --frames --warm-up --seconds --gro --json --help' ;;
    version) commands='--json --help' ;;
    help) commands='serve drain check-config print-config ports log operator node witness audit load version' ;;
    *) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
}

complete -F _incamera incamera
