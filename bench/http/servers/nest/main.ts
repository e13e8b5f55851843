// NestJS on Fastify with nestjs-pino and its own pipe and interceptor for Zod, set up as its documentation does.
import "reflect-metadata";
import { randomUUID } from "node:crypto";
import {
  Module,
  RequestMethod,
  StandardSchemaSerializerInterceptor,
  StandardSchemaValidationPipe,
} from "@nestjs/common";
import { NestFactory, Reflector } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";
import { Logger, LoggerModule } from "nestjs-pino";
import { host, port, production } from "../shared/environment.ts";
import { pool } from "../shared/pool.ts";
import { BenchController, poolToken } from "./controller.ts";

// The id is Fastify's: pino-http takes the one that a request has.
const adapter = new FastifyAdapter(
  production ? { requestIdHeader: "x-request-id", genReqId: () => randomUUID() } : undefined,
);
if (production) {
  adapter.getInstance().addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
}
const logging = LoggerModule.forRoot({
  pinoHttp: { customReceivedMessage: () => "request received" },
  // Its default, `{/*splat}`, matches nothing on this version of the adapter, and no request would be logged.
  forRoutes: [{ path: "*path", method: RequestMethod.ALL }],
});

class AppModule {}

Module({
  imports: production ? [logging] : [],
  controllers: [BenchController],
  providers: [{ provide: poolToken, useValue: pool }],
})(AppModule);

const app = await NestFactory.create<NestFastifyApplication>(
  AppModule,
  adapter,
  production ? { bufferLogs: true } : { logger: false },
);
if (production) app.useLogger(app.get(Logger));
app.useGlobalPipes(new StandardSchemaValidationPipe());
app.useGlobalInterceptors(new StandardSchemaSerializerInterceptor(app.get(Reflector)));
await app.listen(port, host);
