import { channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { http } from "../contract/node-http.ts";

/*
 * Whether somebody else may keep things in the async context of requests, as tools do that follow them. Node tells of a
 * request, and calls whoever is told of it, in these ways; where none is used by anybody, there is nothing to be kept.
 */

const requestStart = channel("http.server.request.start");
const responseCreated = channel("http.server.response.created");
const { emit } = EventEmitter.prototype;

// Whoever wraps it may wrap each request, too. Node's own does nothing else, and a wrapper says more than that.
const isOwnCreate = /^function createServer\(\w+, \w+\) \{\s*return new Server\(\w+, \w+\);\s*\}$/;

/** Whether a server was made, and is listened to, by Fastify alone. */
export function isListenedAlone(server: Server): boolean {
  return isOwnCreate.test(Function.prototype.toString.call(http.createServer)) && server.listenerCount("request") === 1;
}

/** Whether requests of a server may come with something in their async context, if it is listened to by Fastify alone. */
export function isFollowed(server: Server): boolean {
  return server.emit !== emit || requestStart.hasSubscribers || responseCreated.hasSubscribers;
}
