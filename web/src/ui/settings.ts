// Whether single-letter keys are on: kept in this browser (WCAG 2.1.4).

const STORED_AS = 'in-camera.letters';

export function lettersOn(): boolean {
  try {
    return localStorage.getItem(STORED_AS) !== 'off';
  } catch {
    return true;
  }
}

export function setLettersOn(on: boolean): void {
  try {
    localStorage.setItem(STORED_AS, on ? 'on' : 'off');
  } catch {
    // Storage is closed: the choice is lost with the page.
  }
}
