/*
 * The initialisers are files of their own, so that the pages need no inline script. Addresses are relative to the page:
 * it works below any prefix.
 */

/** Starts Swagger UI. `validatorUrl: null`: the default sends the document's address to a service on the Internet. */
export const swaggerInit: string = `SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** Starts Redoc. Its search is off: it would run in a worker made from text, which the content policy forbids. */
export const redocInit: string = `Redoc.init(
  new URL("openapi.json", document.baseURI).href,
  {
    disableSearch: true,
    nativeScrollbars: true,
    sanitize: true,
    theme: {
      typography: {
        fontFamily: "system-ui, sans-serif",
        headings: { fontFamily: "system-ui, sans-serif" },
        code: { fontFamily: "ui-monospace, monospace" },
      },
    },
  },
  document.getElementById("page"),
);
`;

/** What both pages look like around the tool. */
export const pageStyle: string = `html { box-sizing: border-box; }
body { margin: 0; background: #fff; }
`;
