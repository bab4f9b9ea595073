// What the build understands beside TypeScript: the address of a worker that it makes of a file.
declare module '*?worker&url' {
  const url: string;
  export default url;
}
