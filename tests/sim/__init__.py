"""Pretended providers: clouds and an Ollama that fail as they are told; and servers of tools."""
from . import anthropic, cloud, clouds, collector, mcp, ollama, reply, responses
from .anthropic import Anthropic
from .cloud import Cloud
from .clouds import DeepSeek, Gemini, Mistral, OpenRouter, Xai
from .collector import Collector
from .mcp import McpServer
from .net import BlackHole, Gate, closed_port
from .ollama import Model, Ollama

__all__ = ["Anthropic", "BlackHole", "Cloud", "Collector", "DeepSeek", "Gate", "Gemini", "McpServer", "Mistral", "Model",
           "Ollama", "OpenRouter", "Xai", "anthropic", "closed_port", "cloud", "clouds", "collector", "mcp", "ollama", "reply",
           "responses"]
