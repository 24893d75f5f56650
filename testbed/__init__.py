"""A local kind cluster that looks like a kube-prometheus installation, for the demo and the tests."""
