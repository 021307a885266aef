#!/usr/bin/python3
"""Writes the 1,797 handwritten digits of UCI, as scikit-learn has them, to digits.json beside this file.

    apt-get install -y python3-sklearn
    /usr/bin/python3 demos/data/make_digits.py

Each is an image of 8 by 8 with values from 0 to 16: a byte an element, image by image, and after all images a byte a label.
"""
import base64, gzip, hashlib, json, pathlib
import numpy as np
import sklearn
from sklearn.datasets import load_digits

digits = load_digits()
images, labels = digits.data.astype(np.uint8), digits.target.astype(np.uint8)
assert (images == digits.data).all() and images.shape == (1797, 64)
data = images.tobytes() + labels.tobytes()

text = json.dumps({
    "command": "/usr/bin/python3 demos/data/make_digits.py",
    "source": "Alpaydin, E. and Kaynak, C. (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning "
    "Repository, https://doi.org/10.24432/C50P49: its test set",
    "license": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0",
    "sklearn": sklearn.__version__,
    "shape": list(digits.images.shape),
    "sha256": hashlib.sha256(data).hexdigest(),
    "gzip": base64.b64encode(gzip.compress(data, 9, mtime=0)).decode(),
}, indent=2) + "\n"
text = text.replace("[\n    1797,\n    8,\n    8\n  ]", "[1797, 8, 8]")
pathlib.Path(__file__).with_name("digits.json").write_text(text)
