# Sourced, with the folder to keep it in: a sound server with a null sink until the script ends. Firefox runs no
# audio graph without an output device.
mkdir -p "$1"
sound=$(realpath "$1")/pulse
mkdir -p "$sound"
HOME=$sound pulseaudio -n --daemonize=no --exit-idle-time=-1 --disable-shm \
    --load="module-native-protocol-unix auth-anonymous=1 socket=$sound/socket" \
    --load=module-null-sink >"$sound/log" 2>&1 &
sound_pid=$!
trap 'kill $sound_pid 2>/dev/null' EXIT
export PULSE_SERVER=unix:$sound/socket
