/** Where the admin port is. */
export interface AdminOptions {
  /** Default 9464, which Prometheus knows as that of exporters. 0 takes any free one. */
  readonly port?: number;
  /** Default 127.0.0.1: the port tells much and asks nobody who they are. */
  readonly host?: string;
  /** Names with a dot under which it may be called, such as `app.monitoring.svc`; others with a dot are refused. */
  readonly hosts?: readonly string[];
  /** True goes on without it when the port is taken, and says so in the log. Default false: that is an error. */
  readonly optional?: boolean;
}

export const defaultAdminPort = 9464;
export const defaultAdminHost = "127.0.0.1";
