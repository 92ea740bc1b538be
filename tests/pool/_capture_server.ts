/**
 * Serves this repository on a port of 127.0.0.1, which it prints, for programs that run over http.
 *
 * @module
 */

const root = new URL("../../", import.meta.url);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log(port) }, async (request) => {
  const { pathname } = new URL(request.url);
  try {
    const text = await Deno.readTextFile(new URL(`.${pathname}`, root));
    return new Response(text, { headers: { "content-type": "application/typescript" } });
  } catch {
    return new Response("", { status: 404 });
  }
});
