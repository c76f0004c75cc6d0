// The npm package ai with @ai-sdk/openai and @ai-sdk/openai-compatible.
import { readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateImage, generateText } from "ai";
import { digest, main } from "./calls.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false; // they are part of what is printed

const openai = ({ base }) => createOpenAI({ baseURL: `${base}/v1`, apiKey: "none" });
const compatible = ({ base }) => createOpenAICompatible({ name: "gateway", baseURL: `${base}/v1`, apiKey: "none" });

function received(result) {
  return {
    digests: result.images.map((image) => digest(image.base64)),
    warnings: result.warnings.map((warning) => warning.feature ?? warning.type),
    requests: result.responses.length,
  };
}

const image = async (provider, { model, maxRetries = 0, ...asked }) =>
  received(await generateImage({ model: provider.image?.(model) ?? provider.imageModel(model), maxRetries, ...asked }));

function withImages({ images, mask, prompt, ...asked }) {
  const files = { images: images.map((path) => readFileSync(path)), text: prompt };
  return { ...asked, prompt: mask ? { ...files, mask: readFileSync(mask) } : files };
}

await main({
  image: ({ base, ...asked }) => image(openai({ base }), asked),
  compatible_image: ({ base, ...asked }) => image(compatible({ base }), asked),
  edit: ({ base, ...asked }) => image(openai({ base }), withImages(asked)),
  compatible_edit: ({ base, ...asked }) => image(compatible({ base }), withImages(asked)),
  async responses_tool({ base, model, prompt, tool }) {
    const provider = openai({ base });
    const tools = { image_generation: provider.tools.imageGeneration(tool) };
    const result = await generateText({ model: provider.responses(model), prompt, tools, maxRetries: 0 });
    return { digests: result.staticToolResults.map((call) => digest(call.output.result)), usage: result.usage };
  },
});
