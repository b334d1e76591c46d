"""One modality at a time: what the words, a face and a voice say of a feeling, each with how far to trust it."""
