// The npm package openai.
import { createReadStream } from "node:fs";
import OpenAI, { toFile } from "openai";
import { digest, main } from "./calls.mjs";

let requests = 0;

function client({ base, retries = 0 }) {
  const counted = (...given) => {
    requests += 1;
    return fetch(...given);
  };
  return new OpenAI({ baseURL: `${base}/v1`, apiKey: "none", maxRetries: retries, fetch: counted });
}

const file = (path) => toFile(createReadStream(path), undefined, { type: "image/png" });

function images(reply) {
  const digests = reply.data.map((image) => digest(image.b64_json));
  return { digests, seeds: reply.data.map((image) => image.seed), usage: reply.usage, harness: reply.harness, requests };
}

async function events(stream) {
  const received = [];
  for await (const { type, b64_json } of stream) received.push({ type, digest: digest(b64_json) });
  return received;
}

const calls = (response) => response.output.filter((item) => item.type === "image_generation_call");

function answer(response) {
  const { id, status, usage, harness } = response;
  return { id, status, usage, harness, digests: calls(response).map((call) => digest(call.result)) };
}

async function polled(openai, response) {
  const states = [response.status];
  while (["queued", "in_progress"].includes(response.status)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    response = await openai.responses.retrieve(response.id);
    states.push(response.status);
  }
  return { ...answer(response), states };
}

await main({
  async models(asked) {
    const ids = [];
    for await (const model of client(asked).models.list()) ids.push(model.id);
    return { ids };
  },
  generate: async (asked) => images(await client(asked).images.generate(asked.body)),
  generate_stream: async (asked) => events(await client(asked).images.generate({ ...asked.body, stream: true })),
  async edit(asked) {
    const [first, ...others] = await Promise.all(asked.images.map(file));
    const image = others.length ? [first, ...others] : first;
    const mask = asked.mask ? { mask: await file(asked.mask) } : {};
    return images(await client(asked).images.edit({ ...asked.body, image, ...mask }));
  },
  async edit_stream(asked) {
    const image = await Promise.all(asked.images.map(file));
    return events(await client(asked).images.edit({ ...asked.body, image, stream: true }));
  },
  async url(asked) {
    const reply = await client(asked).images.generate({ ...asked.body, response_format: "url" });
    const data = await (await fetch(reply.data[0].url)).arrayBuffer();
    return { digests: [digest(Buffer.from(data).toString("base64"))] };
  },
  async chat(asked) {
    const reply = await client(asked).chat.completions.create(asked.body);
    const parts = reply.choices.flatMap((choice) => choice.message.images ?? []);
    return { digests: parts.map((part) => digest(part.image_url.url)), usage: reply.usage, harness: reply.harness };
  },
  async chat_stream(asked) {
    const stream = await client(asked).chat.completions.create({ ...asked.body, stream: true });
    const digests = [];
    const reasons = [];
    for await (const chunk of stream) {
      for (const choice of chunk.choices) {
        digests.push(...(choice.delta.images ?? []).map((part) => digest(part.image_url.url)));
        if (choice.finish_reason) reasons.push(choice.finish_reason);
      }
    }
    return { digests, reasons };
  },
  responses: async (asked) => answer(await client(asked).responses.create(asked.body)),
  async responses_background(asked) {
    const openai = client(asked);
    return polled(openai, await openai.responses.create({ ...asked.body, background: true }));
  },
  async responses_cancel(asked) {
    const openai = client(asked);
    const response = await openai.responses.create({ ...asked.body, background: true });
    await openai.responses.cancel(response.id);
    return polled(openai, await openai.responses.retrieve(response.id));
  },
  async responses_stream(asked) {
    const types = [];
    const partial = [];
    let digests = [];
    for await (const event of await client(asked).responses.create({ ...asked.body, stream: true })) {
      types.push(event.type);
      if (event.partial_image_b64) partial.push(digest(event.partial_image_b64));
      if (event.type === "response.completed") ({ digests } = answer(event.response));
    }
    return { types, partial, digests };
  },
  async job(asked) {
    const openai = client(asked);
    let job = await openai.post("/jobs", { body: asked.body });
    const first = job.state;
    while (["queued", "running"].includes(job.state)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      job = await openai.get(`/jobs/${job.id}`);
    }
    return { first, state: job.state, digests: job.images.map((image) => image.digest) };
  },
  async refused(asked) {
    try {
      return images(await client(asked).images.generate(asked.body));
    } catch (fault) {
      const { status, code, param } = fault;
      return { class: fault.constructor.name, status, code, param, is_api_error: fault instanceof OpenAI.APIError, requests };
    }
  },
});
