"""Sentences of a running bot and of what it is started with."""

SENTENCES: dict[str, str] = {
    "{path} must be readable, since it says what stopped this bot earlier ({why}); look at it, and remove it only if"
    " nothing should hold": (
        "{path} 必须可读，其中记录了此前使机器人停止的原因（{why}）；请查看，确认无需继续停止后才可删除"
    ),
    "The session's result is not known now, so its breakers cannot be re-armed yet": (
        "会话结果目前未知，暂时不能重新启用熔断"
    ),
    "controllers_config ({name}) must name a file in conf/controllers": (
        "controllers_config（{name}）必须是 conf/controllers 中的文件"
    ),
    "{name} ({value}) must be acceptable to Hummingbot: {why}": "{name}（{value}）必须为 Hummingbot 所接受：{why}",
    "id ({id}) must be different for each controller of a bot": "id（{id}）：同一机器人的各控制器 id 不能相同",
    "trading_pair ({pair}) must be traded by one controller only, and {other} has it already": (
        "trading_pair（{pair}）只能由一个控制器交易，{other} 已在使用"
    ),
    "id (missing) must be given: a text that no other controller of this bot has": (
        "必须给出 id：与本机器人其他控制器不同的文本"
    ),
    "this bot has no connector whose keys can be replaced while it runs": "此机器人没有可在运行中更换密钥的连接器",
    "controller ({name}) must be one of {names}": "controller（{name}）必须是以下之一：{names}",
    "Another bot runs in this workspace already ({folder})": "此工作区（{folder}）中已有另一个机器人在运行",
    "request ({kind}) must be one of {kinds}": "请求（{kind}）必须是以下之一：{kinds}",
    "{path} ({why}) must be readable: it says what is not hedged yet; look at your positions, and move it away to begin"
    " anew with what is held now": (
        "{path}（{why}）必须可读：其中记录了尚未对冲的部分；请检查仓位，移走该文件即以当前持仓重新开始"
    ),
}
