// The countries of the lab and their addresses, as regions.sh made them.

export const BUS_PORT = 4222;

const place = (name, number, country, site) => ({
  name, country, site,
  address: `10.9.${number}.2`,
  address6: `fd09:${number}::2`,
  busAddress: `10.9.${number}.3`,
  isAllowed: ['FR', 'DE'].includes(country),
});

export const COUNTRIES = [
  place('fr1', 1, 'FR', '48.86 2.35 10'),
  place('de1', 2, 'DE', '50.11 8.68 25'),
  place('us1', 3, 'US', '39.04 -77.49 25'),
  place('cn1', 4, 'CN', '31.23 121.47 25'),
];
export const ABROAD = COUNTRIES.filter(({ isAllowed }) => !isAllowed).map(({ name }) => name);
export const BUS_ADDRESSES = [17, 18, 19].map((number) => `10.9.${number}.2`);

/** Words in front of a command that is to run there. */
export function at(name) {
  const pid = process.env[`NS_${name}`];
  if (pid === undefined) throw new Error('run tests/netns/run.sh');
  return ['nsenter', '-t', pid, '-n'];
}
