// The npm package @openrouter/sdk.
import { OpenRouter } from "@openrouter/sdk";
import { digest, main } from "./calls.mjs";

const client = ({ base }) =>
  new OpenRouter({ apiKey: "none", serverURL: `${base}/api/v1`, retryConfig: { strategy: "none" } });

await main({
  async models(asked) {
    const reply = await client(asked).images.listModels();
    return { ids: reply.data.map((model) => model.id) };
  },
  async generate(asked) {
    const reply = await client(asked).images.generate({ imageGenerationRequest: asked.body });
    return { digests: reply.data.map((image) => digest(image.b64Json)), usage: reply.usage };
  },
  async generate_stream(asked) {
    const stream = await client(asked).images.generate({ imageGenerationRequest: { ...asked.body, stream: true } });
    const received = [];
    for await (const event of stream) received.push(event);
    return received.map(({ type, b64Json, ...more }) => ({ type, digest: b64Json && digest(b64Json), more }));
  },
  async chat(asked) {
    const reply = await client(asked).chat.send({ chatRequest: asked.body });
    const parts = reply.choices.flatMap((choice) => choice.message.images ?? []);
    return { digests: parts.map((part) => digest(part.imageUrl.url)), usage: reply.usage };
  },
  async chat_stream(asked) {
    const reasons = [];
    let usage;
    for await (const chunk of await client(asked).chat.send({ chatRequest: { ...asked.body, stream: true } })) {
      reasons.push(...chunk.choices.map((choice) => choice.finishReason).filter(Boolean));
      usage = chunk.usage ?? usage;
    }
    return { reasons, usage };
  },
});
