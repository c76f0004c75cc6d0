"""Write a Stable Diffusion pipeline of random weights to ``tiny/``: nothing is downloaded, its images show nothing.

python make_model.py
"""

import diffusers
import torch
import transformers

SIGNS = [chr(code) for code in range(33, 127)]


def pipeline() -> diffusers.StableDiffusionPipeline:
    """Return the pipeline, the same weights each time."""
    torch.manual_seed(0)
    words = ["<|startoftext|>", "<|endoftext|>", *SIGNS, *(f"{sign}</w>" for sign in SIGNS)]
    vocab = {word: index for index, word in enumerate(words)}
    text = transformers.CLIPTextConfig(
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        vocab_size=len(words),
    )
    return diffusers.StableDiffusionPipeline(
        unet=diffusers.UNet2DConditionModel(
            block_out_channels=(4, 8),
            layers_per_block=1,
            sample_size=32,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32,
            norm_num_groups=2,
        ),
        vae=diffusers.AutoencoderKL(
            block_out_channels=[4, 8],
            down_block_types=["DownEncoderBlock2D"] * 2,
            up_block_types=["UpDecoderBlock2D"] * 2,
            latent_channels=4,
            norm_num_groups=2,
        ),
        text_encoder=transformers.CLIPTextModel(text).eval(),
        tokenizer=transformers.CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77),
        scheduler=diffusers.DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


if __name__ == "__main__":
    pipeline().save_pretrained("tiny")
