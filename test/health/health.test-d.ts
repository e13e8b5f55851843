// What the compiler must say about the checks of resources; `tsc --noEmit` runs this file's checks.
import { resource } from "kilnjs";

const settings = resource({}, function* settings() {
  yield { url: "redis://127.0.0.1" };
});

async function ping(client: { readonly url: string }): Promise<void> {
  await fetch(client.url);
}

// A function that has its type already, beside one whose parameter is found out.
resource(
  { settings },
  function* client({ settings }) {
    yield { url: settings.url, size: 1 };
  },
  { check: ping },
);
resource(
  { settings },
  function* client({ settings }) {
    yield { url: settings.url, size: 1 };
  },
  {
    check: (client, { signal }) => fetch(client.url, { signal }),
    gauges: ({ size }) => ({ size }),
  },
);
resource(
  {},
  function* client() {
    yield { url: "" };
  },
  {
    // @ts-expect-error the value has no such member
    check: (client) => client.ping(),
  },
);
