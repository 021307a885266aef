#!/usr/bin/python3
"""scikit-learn's metrics: writes metrics.json.

    apt-get install -y python3-sklearn
    /usr/bin/python3 tests/nn/reference/metrics.py
"""
import json
from pathlib import Path

import numpy
from sklearn import metrics

random = numpy.random.RandomState(0)


def classification(classes, samples, zero_division, drop=()):
    """Scores in steps of a quarter, so that many are equal; no sample is of the classes in `drop`."""
    scores = random.randint(-6, 7, (samples, classes)) / 4
    kept = [c for c in range(classes) if c not in drop]
    targets = random.choice(kept, samples)
    predicted = scores.argmax(1)
    labels = list(range(classes))

    def scored(metric, average):
        value = metric(targets, predicted, labels=labels, average=average, zero_division=zero_division)
        return value.tolist() if average is None else float(value)

    averages = ["macro", "micro", "weighted"]
    names = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}
    probabilities = numpy.exp(scores) / numpy.exp(scores).sum(1, keepdims=True)
    # Exact in any dtype, so that equal ones are equal, and of sum 1.
    sixteenths = random.multinomial(16, [1 / classes] * classes, samples) / 16
    return {
        "classes": classes,
        "zeroDivision": zero_division,
        "scores": scores.tolist(),
        "targets": targets.tolist(),
        "accuracy": metrics.accuracy_score(targets, predicted),
        "topK": [
            metrics.top_k_accuracy_score(targets, scores if classes > 2 else scores[:, 1], k=k, labels=labels)
            for k in range(1, classes)
        ] if classes > 2 else [],
        "confusion": metrics.confusion_matrix(targets, predicted, labels=labels).tolist(),
        "averaged": {name: {a: scored(f, a) for a in averages} for name, f in names.items()},
        "perClass": {name: scored(f, None) for name, f in names.items()},
        "sixteenths": sixteenths.tolist(),
        "auc": None if drop else float(
            metrics.roc_auc_score(targets, sixteenths, multi_class="ovr", average="macro", labels=labels)
            if classes > 2 else numpy.mean([
                metrics.roc_auc_score(targets == c, sixteenths[:, c]) for c in labels
            ])
        ),
        "binaryAuc": metrics.roc_auc_score(targets == 1, scores[:, 1]) if 1 in targets else None,
        "perplexity": float(numpy.exp(metrics.log_loss(targets, probabilities, labels=labels))),
    }


def regression(*shape, offset=0.0):
    targets = numpy.float32(random.randn(*shape) + offset).astype(float)
    predictions = numpy.float32(targets + random.randn(*shape) / 2).astype(float)
    return {
        "targets": targets.tolist(),
        "predictions": predictions.tolist(),
        "r2": metrics.r2_score(targets, predictions),
        "mae": metrics.mean_absolute_error(targets, predictions),
        "mse": metrics.mean_squared_error(targets, predictions),
    }


here = Path(__file__).parent
(here / "metrics.json").write_text(json.dumps({
    "classification": [
        classification(2, 30, 0),
        classification(4, 60, 0),
        classification(5, 12, 0, drop=(0, 3)),
        classification(5, 12, 1, drop=(0, 3)),
        classification(6, 3, 1, drop=(2,)),
    ],
    "regression": [regression(20), regression(15, 3), regression(40, offset=1000.0), regression(6, 2, offset=-50.0)],
}) + "\n")
