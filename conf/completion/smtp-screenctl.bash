# bash completion for smtp-screen and smtp-screenctl.
# Put it into /usr/share/bash-completion/completions/ as smtp-screenctl, with
# a link smtp-screen to it; or source it.

_smtp_screen_settings() {
	# names of settings, for -o
	local ctl=${1%smtp-screen*}smtp-screenctl
	mapfile -t COMPREPLY < <(compgen -S = -W "$("$ctl" explain 2>/dev/null |
		sed -n 's/^[* ] \([a-z0-9_]*\) = .*/\1/p' |
		sed 'p; s/^postscreen_//' | sort -u)" -- "$2")
	compopt -o nospace 2>/dev/null
}

_smtp_screen() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	case $prev in
	-c)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-o)
		_smtp_screen_settings "$1" "$cur"
		return
		;;
	--client | --server) return ;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W "-c -o --client --server --polite
		--check-config --explain --version --help --" -- "$cur") ;;
	*)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		;;
	esac
}

_smtp_screenctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local i command=
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | -o) i=$((i + 1)) ;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	case $command:$prev in
	:-c)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	:-o | whatif:-o)
		_smtp_screen_settings "$1" "$cur"
		return
		;;
	esac
	case $command in
	'') mapfile -t COMPREPLY < <(compgen -W "list show pass forget expire
		export import import-postfix compile check explain lists probe
		why whatif metrics report expect doctor -c -o --help --version" -- "$cur") ;;
	list | lists)
		mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
		;;
	metrics)
		mapfile -t COMPREPLY < <(compgen -W "--prometheus --help" \
			-- "$cur")
		;;
	report)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -W "--since --html --json
			--help" -- "$cur")
		;;
	why)
		mapfile -t COMPREPLY < <(compgen -W "--all --since --json
			--help" -- "$cur")
		;;
	whatif)
		mapfile -t COMPREPLY < <(compgen -W "-o --since --json --help" \
			-- "$cur")
		;;
	probe)
		mapfile -t COMPREPLY < <(compgen -W "--due --json --help" \
			-- "$cur")
		;;
	expect)
		mapfile -t COMPREPLY < <(compgen -W "for off --dbdir= --json
			--help" -- "$cur")
		;;
	doctor)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -c -W "--json --help" \
			-- "$cur")
		;;
	compile)
		# the colon of cidr:/FILE is a word of its own
		compopt -o filenames -o nospace 2>/dev/null
		case $prev in
		:) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		*) mapfile -t COMPREPLY < <(compgen -W "cidr:/ --help" \
			-- "$cur") ;;
		esac
		;;
	import)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -W "postscreen postgrey
			--dbdir= --privacy --privacy-key= --help" -- "$cur")
		;;
	import-postfix)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -W "--service --write
			--help" -- "$cur")
		;;
	explain)
		case $cur in
		-*) COMPREPLY=(--help) ;;
		*)
			_smtp_screen_settings "$1" "$cur"
			COMPREPLY=("${COMPREPLY[@]%=}")
			;;
		esac
		;;
	*) mapfile -t COMPREPLY < <(compgen -W --help -- "$cur") ;;
	esac
}

complete -F _smtp_screen smtp-screen
complete -F _smtp_screenctl smtp-screenctl
