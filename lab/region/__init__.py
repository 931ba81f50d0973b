"""The lab's AWS region: moto in one process, and the behaviour of AWS that moto does not have."""
