// NestJS on Express, as its docs have it, with the work in the handler. Decorators are functions: they are applied by hand,
// for Node strips types and does not transform code.
import "reflect-metadata";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { burn } from "../burn.ts";
import { announce } from "./announce.ts";

class WorkController {
  hello(): { hello: string } {
    return { hello: "world" };
  }
  burn(): { burned: number } {
    return { burned: burn(500) };
  }
}

class AppModule {}

for (const name of ["hello", "burn"] as const) {
  const descriptor = Object.getOwnPropertyDescriptor(WorkController.prototype, name);
  if (descriptor !== undefined) Get(name)(WorkController.prototype, name, descriptor);
}
Controller()(WorkController);
Module({ controllers: [WorkController] })(AppModule);

const app = await NestFactory.create<NestExpressApplication>(AppModule);
await app.listen(0, "127.0.0.1");
announce(Number(new URL(await app.getUrl()).port));
