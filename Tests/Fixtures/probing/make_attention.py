"""What every method's predictors are worth, by PyTorch in double precision.

    python3 make_attention.py > attention.json          PyTorch 2.x, CPU

Shapes and tokens are golden.json's: B = 2, T = 4, D = 48; x[i] = sin(0.37 i) + 0.1 cos(0.11 i). A method that reads the
class token takes the first token for it. Parameter k of a head, its linear layer's weight and bias last, has the elements
A sin(0.7 i + 1.3 k + 0.2), and 1 more where it is the weight of a norm; each case has the amplitude A at which its maps are
neither uniform nor one token. Running means are 0.1 sin(0.3 i + 0.1), running
variances 1 + 0.5 cos(0.2 i + 0.3). C = 3, labels 0 and 2.

Methods are written in the order of their papers: keys and values are projected token by token, and an ablation computes the
whole head again with other weights. Maps list a sample's own tokens first, and tokens that a method adds behind them.

Maps are held against objects on the first four tokens as a grid of 2 x 2; the threshold of the intersection over union is chosen
on the same two samples.
"""

import json
import math
import sys

import torch
from torch.nn.functional import cross_entropy, gelu, layer_norm, linear

B, T, D, C = 2, 4, 48, 3
LABELS = torch.tensor([0, 2])

# The share of each token's area that the object covers, and its box: x0, y0, x1, y1.
SHARES = torch.tensor([[0.5, 1, 0, 0.25], [0, 0.125, 0.75, 0.5]], dtype=torch.float64)
BOXES = torch.tensor([[0.25, 0, 1, 0.625], [0, 0.5, 0.8, 1]], dtype=torch.float64)
THRESHOLDS = torch.arange(1, 20, dtype=torch.float64) / 20


class Parameters:
    """The tensors of a head, made in the order in which they are first asked for."""

    def __init__(self, amplitude):
        self.amplitude = amplitude
        self.tensors = {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            i = torch.arange(math.prod(shape), dtype=torch.float64)
            values = self.amplitude * torch.sin(0.7 * i + 1.3 * len(self.tensors) + 0.2)
            is_gain = "norm" in name and name.endswith("weight")
            self.tensors[name] = (values + 1 if is_gain else values).reshape(shape)
        return self.tensors[name]

    def linear(self, name, outputs, inputs=D, bias=True):
        weight = self(f"{name}.weight", outputs, inputs)
        shift = self(f"{name}.bias", outputs) if bias else None
        return lambda x: linear(x, weight, shift)

    def norm(self, name, epsilon, bias=True):
        gain = self(f"{name}.weight", D)
        shift = self(f"{name}.bias", D) if bias else None
        return lambda x: layer_norm(x, (D,), gain, shift, epsilon)

    def perceptron(self, prefix=""):
        first, second = self.linear(f"{prefix}mlp.fc1", 4 * D), self.linear(f"{prefix}mlp.fc2", D, 4 * D)
        return lambda x: second(gelu(first(x)))


class Maps:
    """Sees the maps [B, M, N] of a head, and puts others in the place of some predictors'."""

    def __init__(self, leading=0, others=None, predictors=()):
        self.leading, self.others, self.predictors = leading, others, predictors
        self.seen = None

    def __call__(self, a):
        self.seen = torch.roll(a, -self.leading, 2)
        if self.others is None:
            return a
        a = self.seen.clone()
        for j in self.predictors:
            a[:, j] = self.others[:, j]
        return torch.roll(a, self.leading, 2)


def attend(query, keys, values, heads, see=lambda a: a):
    """Each sample's query [B or 1, A] to its tokens, head by head; the weights pass through `see`."""
    samples, tokens = keys.shape[:2]
    q = query.expand(samples, -1).reshape(samples, heads, -1)
    k = keys.reshape(samples, tokens, heads, -1)
    v = values.reshape(samples, tokens, heads, -1)
    a = see((torch.einsum("bhd,bthd->bht", q, k) * q.shape[-1] ** -0.5).softmax(-1))
    return torch.einsum("bht,bthd->bhd", a, v).reshape(samples, -1)


def statistics(width):
    i = torch.arange(width, dtype=torch.float64)
    return 0.1 * torch.sin(0.3 * i + 0.1), 1 + 0.5 * torch.cos(0.2 * i + 0.3)


def standardised(x):
    mean, variance = statistics(x.shape[-1])
    return (x - mean) / (variance + 1e-6).sqrt()


def efficient(p, x, see, queries=4, output=D):
    q, w = p("queries", queries, D), p("value.weight", output, D)
    a = see(torch.einsum("md,btd->bmt", q, x).div(D**0.5).softmax(-1))
    v = (x @ w.T).reshape(B, -1, queries, output // queries)
    return torch.einsum("bmt,btmd->bmd", a, v).reshape(B, output)


def mhca(p, x, see, heads=12):
    latent = p("input", 1, D)
    query, key, value = (p.linear(part, D, bias=False) for part in ("query", "key", "value"))
    return attend(query(latent), key(x), value(x), heads, see)


def aim(p, x, see, heads=16):
    query, key, value = p("query", 1, D), p.linear("key", D, bias=False), p.linear("value", D, bias=False)
    x = standardised(x)
    return attend(query, key(x), value(x), heads, see)


def siglip(p, x, see, heads=8):
    latent = p("latent", 1, D)
    query, key_value, output = p.linear("query", D), p.linear("key_value", 2 * D), p.linear("output", D)
    mlp = p.perceptron()
    key, value = key_value(x).chunk(2, -1)
    o = output(attend(query(latent), key, value, heads, see))
    return o + mlp(o)


def simpool(p, x, see):
    norm, query, key = p.norm("norm", 1e-6), p.linear("query", D, bias=False), p.linear("key", D, bias=False)
    n = norm(x)
    return attend(query(x.mean(1)), key(n), n, 1, see)


def esimpool(p, x, see, heads=12):
    norm = p.norm("norm", 1e-6)
    return attend(norm(x.mean(1)), norm(x), x, heads, see)


def clip(p, x, see, heads=4):
    positions = p("positions", x.shape[1] + 1, D)
    project, output, norm = p.linear("query_key_value", 3 * D), p.linear("output", D), p.norm("norm", 1e-6)
    n = norm(x)
    query, key, value = project(torch.cat([n.mean(1, keepdim=True), n], 1) + positions).chunk(3, -1)
    return output(attend(query[:, 0], key, value, heads, see))


def coca(p, x, see):
    queries, norm = p("queries", 196, D), p.norm("norm", 1e-5, bias=False)
    query, key_value = p.linear("query", 512, bias=False), p.linear("key_value", 128, bias=False)
    output = p.linear("output", D, 512, bias=False)
    key, value = key_value(x).chunk(2, -1)
    return output(attend(query(norm(queries[:1])), key.repeat(1, 1, 8), value.repeat(1, 1, 8), 8, see))


def cae(p, x, see, heads=8):
    latent = p("query", 1, D)
    norms = [p.norm(f"{part}_norm", 1e-5) for part in ("query", "key", "value", "unused")]
    query, key, value = (p.linear(part, D, bias=False) for part in ("query", "key", "value"))
    output = p.linear("output", D)
    return output(attend(query(norms[0](latent)), key(norms[1](x)), value(norms[2](x)), heads, see))


def vjepa(p, x, see, heads=16):
    latent, norm1 = p("latent", 1, D), p.norm("norm1", 1e-5)
    query, key_value, output = p.linear("query", D), p.linear("key_value", 2 * D), p.linear("output", D)
    norm2, mlp = p.norm("norm2", 1e-5), p.perceptron()
    key, value = key_value(norm1(x)).chunk(2, -1)
    y = latent + output(attend(query(latent), key, value, heads, see))
    return y + mlp(norm2(y))


def block(p, x, heads, prefix="", bias=True, see=None):
    """A pre-norm transformer block; `see` gets the maps of each sample's first token."""
    norm1, project = p.norm(f"{prefix}norm1", 1e-5), p.linear(f"{prefix}query_key_value", 3 * D, bias=bias)
    output, norm2, mlp = p.linear(f"{prefix}output", D), p.norm(f"{prefix}norm2", 1e-5), p.perceptron(prefix)
    query, key, value = project(norm1(x)).chunk(3, -1)
    rows = [attend(query[:, t], key, value, heads, see if see and t == 0 else lambda a: a) for t in range(x.shape[1])]
    x = x + output(torch.stack(rows, 1))
    return x + mlp(norm2(x))


def vjepa2(p, x, see, heads=16, blocks=3):
    latent, norm1 = p("latent", 1, D), p.norm("norm1", 1e-5)
    query, key_value, norm2, mlp = p.linear("query", D), p.linear("key_value", 2 * D), p.norm("norm2", 1e-5), p.perceptron()
    for index in range(blocks):
        x = block(p, x, heads, f"blocks.{index}.")
    key, value = key_value(norm1(x)).chunk(2, -1)
    y = latent + attend(query(latent), key, value, heads, see)
    return y + mlp(norm2(y))


def vit_block(p, x, see, heads=8):
    return block(p, x, heads, bias=False, see=see).mean(1)


def cait(p, x, see, heads=4):
    token, scale1, scale2 = p("class_token", 1, D), p("layer_scale1", D), p("layer_scale2", D)
    norm1 = p.norm("norm1", 1e-6)
    query, key, value, output = (p.linear(part, D) for part in ("query", "key", "value", "output"))
    norm2, mlp, final = p.norm("norm2", 1e-6), p.perceptron(), p.norm("final_norm", 1e-5)
    n = norm1(torch.cat([token.expand(B, 1, -1), x], 1))
    y = token + scale1 * output(attend(query(n[:, 0]), key(n), value(n), heads, see))
    return final(y + scale2 * mlp(norm2(y)))


def abmilp(p, x, see, attention="none", depth=1, activation="tanh"):
    scored = x
    if attention != "none":
        project, output = p.linear("query_key_value", 3 * D, bias=False), p.linear("output", D)
        query, key, value = project(x).chunk(3, -1)
        scored = output(torch.stack([attend(query[:, t], key, value, 1) for t in range(x.shape[1])], 1))
    content = scored if attention == "both" else x
    for layer in range(depth - 1):
        scored = getattr(torch, activation)(p.linear(f"hidden.{layer}", D)(scored))
    a = see(p.linear("score", 1)(scored).softmax(1).transpose(1, 2))
    return (a @ content)[:, 0]


def location(a):
    """Where each predictor's maps [B, M, N] lie: means over samples, as lists over predictors."""
    a = a[:, :, :T] / a[:, :, :T].sum(-1, keepdim=True)
    shares = SHARES[:, None].expand_as(a)
    extent = SHARES.sum(1)[:, None]
    falling = a.sort(-1, descending=True)
    relevance = shares.gather(-1, falling.indices)
    precision = relevance.cumsum(-1) / torch.arange(1, T + 1)
    inside = (a[..., None] >= THRESHOLDS * falling.values[..., :1, None]).double()
    common = (inside * shares[..., None]).sum(-2)
    overlap = (common / (inside.sum(-2) + extent[..., None] - common)).mean(0)
    best = overlap.max(-1)
    places = torch.tensor([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]], dtype=torch.float64)
    centroid = a @ places
    hit = ((centroid >= BOXES[:, None, :2]) & (centroid <= BOXES[:, None, 2:])).all(-1).double()
    figures = {
        "massLift": ((a * shares).sum(-1) / (extent / T)).mean(0),
        "pointing": relevance[..., 0].mean(0),
        "averagePrecision": ((relevance * precision).sum(-1) / extent).mean(0),
        "overlap": best.values,
        "threshold": THRESHOLDS[best.indices],
        "centroid": hit.mean(0),
    }
    return [{name: values[j].item() for name, values in figures.items()} for j in range(a.shape[1])]


# Name: the probe as a specification has it, the amplitude, tokens in front of the sample's own, and the method.
CASES = {
    "efficient": (dict(type="efficient", queries=4), 2.0, 0, efficient),
    "efficient-half": (dict(type="efficient", queries=8, output="D/2"), 2.0, 0, lambda p, x, see: efficient(p, x, see, 8, D // 2)),
    "mhca": (dict(type="mhca", heads=12), 0.3, 0, mhca),
    "aim": (dict(type="aim"), 1.5, 0, aim),
    "siglip": (dict(type="siglip"), 0.3, 0, siglip),
    "simpool": (dict(type="simpool"), 0.3, 0, simpool),
    "esimpool": (dict(type="esimpool"), 0.3, 0, esimpool),
    "clip": (dict(type="clip"), 0.2, 1, clip),
    "coca": (dict(type="coca"), 0.12, 0, coca),
    "cae": (dict(type="cae"), 0.12, 0, cae),
    "vjepa": (dict(type="vjepa"), 0.3, 0, vjepa),
    "vjepa2": (dict(type="vjepa2"), 0.3, 0, vjepa2),
    "cait": (dict(type="cait"), 0.1, 1, cait),
    "vit-block": (dict(type="vit-block", tokens="all"), 0.3, 0, vit_block),
    "abmilp": (dict(type="abmilp"), 0.3, 0, abmilp),
    "abmilp-both": (dict({"type": "abmilp", "self-attention": "both"}, depth=2), 0.6, 0,
                    lambda p, x, see: abmilp(p, x, see, "both", 2)),
    "abmilp-map": (dict({"type": "abmilp", "self-attention": "map"}, depth=3, activation="relu"), 1.2, 0,
                   lambda p, x, see: abmilp(p, x, see, "map", 3, "relu")),
}


def golden(probe, amplitude, leading, method):
    i = torch.arange(B * T * D, dtype=torch.float64)
    x = (torch.sin(0.37 * i) + 0.1 * torch.cos(0.11 * i)).reshape(B, T, D)
    p = Parameters(amplitude)

    def scores(others=None, predictors=()):
        """Accuracy and log-loss, and the maps."""
        maps = Maps(leading, others, predictors)
        y = standardised(method(p, x, maps))
        logits = p.linear("head", C, y.shape[1])(y)
        accuracy = (logits.argmax(1) == LABELS).double().mean()
        return torch.stack([accuracy, -cross_entropy(logits, LABELS)]), maps.seen

    own, a = scores()
    M, N = a.shape[1:]
    uniform, every = torch.full_like(a, 1 / N), range(M)
    worth = lambda others, predictors: (own - scores(others, predictors)[0]).tolist()
    nothing = scores(uniform, every)[0]
    singles = [worth(uniform, [j]) for j in every]
    order = sorted(every, key=lambda j: [-singles[j][0], -singles[j][1], j])
    entropy = -(a * a.log()).sum(-1)
    found = {
        "maps": a.tolist(),
        "entropy": (entropy / math.log(N)).mean(0).tolist(),
        "effective_tokens": entropy.exp().mean(0).tolist(),
        "accuracy": own[0].item(),
        "log_loss": -own[1].item(),
        "uniform": singles,
        "mean_map": [worth(a.mean(0, keepdim=True).expand(B, -1, -1), [j]) for j in every],
        "other_sample": [worth(a.flip(0), [j]) for j in every],
        "alone": [(scores(uniform, [k for k in every if k != j])[0] - nothing).tolist() for j in every],
        "all": (own - nothing).tolist(),
        "order": order,
        "cumulative": [worth(uniform, order[: rank + 1]) for rank in every],
        "location": location(a),
    }
    tensors = [{"name": name, "shape": list(tensor.shape)} for name, tensor in p.tensors.items()]
    return {"probe": probe, "amplitude": amplitude, "tensors": tensors} | rounded(found)


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.14g}") if isinstance(value, float) else value


if __name__ == "__main__":
    json.dump({name: golden(*case) for name, case in CASES.items()}, sys.stdout)
    print()
