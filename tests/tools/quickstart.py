"""The first example of the official SDK's README, for its versions of both eras: a server over HTTP.

    quickstart.py PORT
"""
import asyncio
import sys

PORT = int(sys.argv[1])
try:
    from mcp.server.mcpserver import Context, MCPServer
    mcp, settings = MCPServer("Demo"), {"port": PORT}
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP
    mcp, settings = FastMCP("Demo", port=PORT), {}


@mcp.tool()
def add(a: int, b: int) -> int:
    """Add two numbers"""
    return a + b


@mcp.tool()
async def slow(seconds: float, ctx: Context) -> str:
    """Takes its time, and tells how far it is"""
    for step in range(4):
        await asyncio.sleep(seconds / 4)
        await ctx.report_progress(step + 1, 4)
    return "done"


mcp.run(transport="streamable-http", **settings)
