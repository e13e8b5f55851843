/** The name of the environment the app runs in. */
export function environmentName(): string {
  const name = process.env.NODE_ENV;
  return name === undefined || name === "" ? "development" : name;
}

/** Only these two are forgiving; any other name, such as `staging`, has the strictness of production. */
export function isProduction(environment: string): boolean {
  return environment !== "development" && environment !== "test";
}
