"""Pretended providers: clouds and an Ollama that fail as they are told."""
from . import anthropic, cloud, ollama, reply, responses
from .anthropic import Anthropic
from .cloud import Cloud
from .net import BlackHole, Gate, closed_port
from .ollama import Model, Ollama

__all__ = ["Anthropic", "BlackHole", "Cloud", "Gate", "Model", "Ollama", "anthropic", "closed_port",
           "cloud", "ollama", "reply", "responses"]
