// Three levels: who calls, whether they are a member, and the shop.
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  UnauthorizedException,
} from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { callerOf, tokenOf } from "../shared/data.ts";

interface Shop {
  id: number;
  owner: number;
  role: string;
  vault: string;
}

interface Known extends FastifyRequest<{ Params: { id: string } }> {
  caller: { id: number; role: string };
  shop: Shop;
}

function requestOf(context: ExecutionContext): Known {
  return context.switchToHttp().getRequest<Known>();
}

export class CallerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const token = tokenOf(request.headers.authorization);
    if (token === undefined) throw new UnauthorizedException("Who are you?");
    request.caller = callerOf(token);
    return true;
  }
}

export class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (requestOf(context).caller.role !== "member") throw new ForbiddenException("Members only");
    return true;
  }
}

export class ShopGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const { id, role } = request.caller;
    request.shop = { id: Number(request.params.id), owner: id, role, vault: "never sent" };
    return true;
  }
}

for (const guard of [CallerGuard, MemberGuard, ShopGuard]) Injectable()(guard);

/** The shop that the guards found. */
export const TheShop: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Shop => requestOf(context).shop,
);
