"""What scikit-learn itself gives for the settings of `sweeps/anchors.yaml`, on this machine and with its version of today.

    anchors.py --images ROOT [--only NAME]        NAME: logistic, one-against-the-rest, neighbours, perceptron, perceptron-2017;
                                                  needs scikit-learn

What draws random numbers is repeated with five seeds, as its authors did. `perceptron-2017` ends where scikit-learn's perceptron
ended before its version 0.20: after more than two epochs without an improvement, not more than ten.
"""

import argparse
import pathlib
import time

import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import fashion

SEEDS = range(5)


def perceptrons(**options):
    return [MLPClassifier(hidden_layer_sizes=(100,), activation="relu", random_state=seed, **options) for seed in SEEDS]


CLASSIFIERS = {
    "logistic": [LogisticRegression(C=1, max_iter=1000)],
    "one-against-the-rest": [OneVsRestClassifier(LogisticRegression(C=1, max_iter=1000))],
    "neighbours": [KNeighborsClassifier(n_neighbors=5, p=2, weights="uniform", algorithm="brute")],
    "perceptron": perceptrons(),
    "perceptron-2017": perceptrons(n_iter_no_change=2),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=pathlib.Path, required=True, metavar="ROOT")
    parser.add_argument("--only", nargs="+", choices=CLASSIFIERS, default=list(CLASSIFIERS))
    arguments = parser.parse_args()
    images = fashion.load(arguments.images)
    x = images.pixels.reshape(len(images), -1).astype("float64")
    training = slice(0, fashion.TRAINING)
    x = StandardScaler().fit(x[training]).transform(x).astype("float32")
    print(f"scikit-learn {sklearn.__version__}")
    for name in arguments.only:
        start = time.process_time()
        scores = [
            classifier.fit(x[training], images.labels[training]).score(x[fashion.TRAINING :], images.labels[fashion.TRAINING :])
            for classifier in CLASSIFIERS[name]]
        each = " ".join(f"{score:.4f}" for score in scores)
        print(f"{name}: {sum(scores) / len(scores):.4f} ({each}), {time.process_time() - start:.0f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
