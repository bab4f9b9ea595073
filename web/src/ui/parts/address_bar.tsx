import type { JSX } from 'preact';

/** Where the sign for permissions sits: beside the address, in Chrome, Edge and Firefox alike. */
export function AddressBar(): JSX.Element {
  return (
    <svg class="address-bar" viewBox="0 0 240 44" aria-hidden="true" focusable="false">
      <rect class="address-window" x="1" y="1" width="238" height="42" rx="10" />
      <rect class="address-field" x="12" y="9" width="216" height="26" rx="13" />
      <circle class="address-sign" cx="27" cy="22" r="9" />
      <path class="address-lines" d="M23 19.5h8M23 24.5h8" />
      <circle class="address-dot" cx="25.5" cy="19.5" r="1.7" />
      <circle class="address-dot" cx="28.5" cy="24.5" r="1.7" />
      <path class="address-text" d="M46 22h84" />
      <path class="address-pointer" d="M40 30.5l-8-4.5 1.8 9 2.5-2.2z" />
    </svg>
  );
}
