// The people of the tests: each has two colours (left and right half of the picture) and one tone
// that comes in pulses, so that a picture or a sound is recognised wherever it turns up.

export const PEOPLE = [
  { name: 'North', left: [200, 30, 30], right: [240, 240, 240], tone: 500 },
  { name: 'East', left: [30, 160, 40], right: [20, 20, 20], tone: 900 },
  { name: 'South', left: [30, 50, 200], right: [240, 240, 240], tone: 1300 },
  { name: 'West', left: [220, 200, 30], right: [20, 20, 20], tone: 1700 },
  { name: 'Centre', left: [200, 30, 200], right: [240, 240, 240], tone: 2100 },
];

export const PULSE_ON_MS = 300;
export const PULSE_PERIOD_MS = 600;
