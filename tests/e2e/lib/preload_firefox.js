// Test only: Firefox has no capture from files, so getUserMedia gives a canvas stream and a pulsed
// oscillator of the person that the test names in `__person`. Never part of the product.
(() => {
  const { left, right, tone } = globalThis.__person;
  const PULSE_ON_S = 0.3;
  const PULSE_PERIOD_S = 0.6;
  let frame = 0;

  // One clock for both: the middle of the picture is white while the tone sounds.
  let context = null;
  let start = 0;
  const isOn = () => context !== null && context.currentTime >= start && (context.currentTime - start) % PULSE_PERIOD_S < PULSE_ON_S;

  function video() {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 180;
    const c = canvas.getContext('2d');
    const draw = () => {
      c.fillStyle = `rgb(${left.join(',')})`;
      c.fillRect(0, 0, 160, 180);
      c.fillStyle = `rgb(${right.join(',')})`;
      c.fillRect(160, 0, 160, 180);
      c.fillStyle = 'rgb(128,128,128)';
      c.fillRect(150, (frame++ * 3) % 180, 20, 6);
      c.fillStyle = isOn() ? 'rgb(255,255,255)' : 'rgb(0,0,0)';
      c.fillRect(140, 70, 40, 40);
    };
    draw();
    setInterval(draw, 20);
    return canvas.captureStream(30).getVideoTracks()[0];
  }

  function audio() {
    context = new AudioContext();
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const out = context.createMediaStreamDestination();
    oscillator.frequency.value = tone;
    gain.gain.value = 0;
    oscillator.connect(gain).connect(out);
    oscillator.start();
    start = context.currentTime + 0.1;
    let next = start;
    const plan = () => {
      while (next < context.currentTime + 2) {
        gain.gain.setTargetAtTime(0.4, next, 0.003);
        gain.gain.setTargetAtTime(0, next + PULSE_ON_S, 0.003);
        next += PULSE_PERIOD_S;
      }
    };
    plan();
    setInterval(plan, 500);
    return out.stream.getAudioTracks()[0];
  }

  if (navigator.mediaDevices === undefined) return;
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let capture = null;

  navigator.mediaDevices.getUserMedia = async (constraints) => {
    // Firefox offers its addresses only to a page that captures: its own fake devices do for that.
    capture ??= await native({ audio: true, video: true });
    const stream = new MediaStream();
    if (constraints.audio) stream.addTrack(audio());
    if (constraints.video) stream.addTrack(video());
    return stream;
  };
  navigator.mediaDevices.enumerateDevices = async () =>
    [
      { kind: 'audioinput', deviceId: 'oscillator', label: 'Oscillator', groupId: 'test' },
      { kind: 'videoinput', deviceId: 'canvas', label: 'Canvas', groupId: 'test' },
    ];
})();
