// The way from any component to the shell.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import type { UserEvent, ViewPort } from '../call/model';

export const PortContext = createContext<ViewPort | null>(null);

export function usePort(): ViewPort {
  const port = useContext(PortContext);
  if (port === null) throw new Error('a component stands outside of PortContext');
  return port;
}

export function useSend(): (event: UserEvent) => void {
  const port = usePort();
  return (event) => port.send(event);
}
