// What the bench tells a server.

/** Whether all is on that production needs: request id, context, log lines. */
export const production: boolean = process.env.MODE === "production";
export const port: number = Number(process.env.PORT);
export const host = "127.0.0.1";
export const databaseUrl: string = process.env.DATABASE_URL ?? "";
/** The same for all. */
export const poolSize = 10;
