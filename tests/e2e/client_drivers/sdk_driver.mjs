// Calls as tests/e2e/three_clients_test.py asks for them, a line each, made by the JavaScript SDK.
import { createInterface } from "node:readline";
import * as sdk from "@aws-sdk/client-codedeploy";

const client = new sdk.CodeDeployClient({});

// Numbers are seconds here, dates in the SDK.
const seconds = (value) => {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(seconds);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, seconds(inner)]));
};
const dates = ({ createTimeRange, ...input }) => {
  if (!createTimeRange) return input;
  const range = Object.entries(createTimeRange).map(([end, value]) => [end, new Date(value * 1000)]);
  return { ...input, createTimeRange: Object.fromEntries(range) };
};

const perform = {
  async call(name, input) {
    const { $metadata, ...answer } = await client.send(new sdk[`${name}Command`](input));
    return answer;
  },
  async pages(name, input) {
    const whole = {};
    for await (const { $metadata, nextToken, ...page } of sdk[`paginate${name}`]({ client }, input)) {
      for (const [member, value] of Object.entries(page)) {
        whole[member] = Array.isArray(value) ? [...(whole[member] ?? []), ...value] : value;
      }
    }
    return whole;
  },
  async wait(name, input) {
    try {
      await sdk[`waitUntil${name}`]({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, input);
    } catch (error) {
      error.name = "WaiterFailed";
      error.message = undefined;
      throw error;
    }
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let said;
  try {
    said = { answer: seconds(await perform[request.kind](request.name, dates(request.with))) };
  } catch (error) {
    said = { error: error.name, message: error.message };
  }
  console.log(JSON.stringify(said));
}
