"""The command lines of the classic bot's own documentation, as its users have them in their shell's history."""

PERP = (
    "python run.py --exchange backpack --market-type perp --symbol SOL_USDC_PERP --spread 0.01 --quantity 0.1"
    " --max-orders 2 --target-position 0 --max-position 5 --position-threshold 2 --inventory-skew 0 --stop-loss -1"
    " --take-profit 5 --duration 999999999 --interval 10"
)
ASTER = PERP.replace("--exchange backpack", "--exchange aster").replace("SOL_USDC_PERP", "SOLUSDT")
SPOT = "python run.py --exchange backpack --symbol SOL_USDC --spread 0.5 --max-orders 3 --duration 3600 --interval 60"
BASIC = "python run.py --exchange backpack --symbol SOL_USDC --spread 0.2 --max-orders 5"
STANDARD_REBALANCE = "python run.py --exchange backpack --symbol SOL_USDC --spread 0.2 --enable-rebalance"
OWN_REBALANCE = (
    "python run.py --exchange backpack --symbol SOL_USDC --spread 0.2 --enable-rebalance --base-asset-target 25"
    " --rebalance-threshold 12"
)
RISKY = (
    "python run.py --exchange backpack --symbol SOL_USDC --spread 0.3 --enable-rebalance --base-asset-target 20"
    " --rebalance-threshold 10"
)
NO_REBALANCE = "python run.py --exchange backpack --symbol SOL_USDC --spread 0.2 --disable-rebalance"
LONG = (
    "python run.py --exchange backpack --symbol SOL_USDC --spread 0.1 --duration 86400 --interval 120"
    " --enable-rebalance --base-asset-target 30"
)
FULL = (
    "python run.py --exchange backpack --symbol SOL_USDC --spread 0.3 --quantity 0.5 --max-orders 3 --duration 7200"
    " --interval 60 --enable-rebalance --base-asset-target 25 --rebalance-threshold 15"
)
CLIENT = "python run.py --cli"

TRADING = {
    "perp": PERP,
    "spot": SPOT,
    "basic": BASIC,
    "standard_rebalance": STANDARD_REBALANCE,
    "own_rebalance": OWN_REBALANCE,
    "risky": RISKY,
    "no_rebalance": NO_REBALANCE,
    "long": LONG,
    "full": FULL,
}
