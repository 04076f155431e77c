"""Pretended providers: a cloud and an Ollama that fail as they are told."""
from . import cloud, ollama, reply
from .cloud import Cloud
from .net import BlackHole, Gate, closed_port
from .ollama import Model, Ollama

__all__ = ["BlackHole", "Cloud", "Gate", "Model", "Ollama", "closed_port", "cloud", "ollama",
           "reply"]
