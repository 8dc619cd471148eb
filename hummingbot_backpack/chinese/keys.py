"""Sentences of keys, backups, logs and alerts."""

SENTENCES: dict[str, str] = {
    # alerts
    "alert_telegram_token and alert_telegram_chat must be given together": (
        "alert_telegram_token 与 alert_telegram_chat 必须同时设置"
    ),
    "alert_fill_quote ({text}) must be a number greater than 0": "alert_fill_quote（{text}）必须是大于 0 的数",
    "{name} must begin with http:// or https://": "{name} 必须以 http:// 或 https:// 开头",
    # backup, restore, forget, logs
    "FILE ({file}) must be a backup made by `hummingbot-backpack backup`": (
        "FILE（{file}）必须是 `hummingbot-backpack backup` 生成的备份"
    ),
    "FILE ({file}) holds no workspace: conf/{name} is missing": "FILE（{file}）中没有工作区：缺少 conf/{name}",
    "FILE ({file}) cannot be read: {why}": "FILE（{file}）无法读取：{why}",
    "FILE ({file}) cannot be written: {why}": "FILE（{file}）无法写入：{why}",
    "FILE ({file}) is damaged ({why})": "FILE（{file}）已损坏（{why}）",
    "FILE ({file}) is damaged": "FILE（{file}）已损坏",
    "FILE ({file}) is damaged: {what} holds no keys of ours": "FILE（{file}）已损坏：{what} 中没有我们的密钥",
    "FILE ({file}) was made by a newer hummingbot-backpack ({version})": (
        "FILE（{file}）由更新版本的 hummingbot-backpack（{version}）生成"
    ),
    "FILE ({file}) is not a whole backup: {why}": "FILE（{file}）不是完整的备份：{why}",
    "FILE ({file}) is there already: give another name, or --replace": (
        "FILE（{file}）已存在：请换一个名称，或使用 --replace"
    ),
    "FILE ({file}) must be in a folder that is there": "FILE（{file}）必须位于已存在的目录中",
    "FILE ({file}) must be a copy made by `keys backup`": "FILE（{file}）必须是 `keys backup` 生成的副本",
    "FILE ({file}) holds keys for live trading, and {root} is for rehearsal": (
        "FILE（{file}）中是实盘密钥，而 {root} 是演练工作区"
    ),
    "DIR ({root}) must be new or empty: a restore overwrites nothing": (
        "DIR（{root}）必须不存在或为空：恢复不会覆盖任何内容"
    ),
    "DIR ({root}) must be in a folder that is there": "DIR（{root}）必须位于已存在的目录中",
    "A bot runs in {root} (process {process}): stop it first, `hbot stop` or `panic`": (
        "{root} 中有机器人在运行（进程 {process}）：请先用 `hbot stop` 或 `panic` 停止"
    ),
    "forget asks before it deletes: add --yes where there is no terminal": (
        "forget 删除前需要确认：没有终端时请加 --yes"
    ),
    "The password is wrong": "密码错误",
    "{path} cannot be read: {why}": "{path} 无法读取：{why:zh}",
    "it is not text": "不是文本",
    # keys
    "{root} is a workspace for live trading, and Hummingbot without hummingbot-backpack cannot start beside keys of the"
    " local Backpack: use a workspace made with `init --simulator`, or insist with --force": (
        "{root} 是实盘工作区，没有 hummingbot-backpack 的 Hummingbot 无法与本地 Backpack 的密钥一起启动："
        "请使用 `init --simulator` 创建的工作区，或用 --force 强制执行"
    ),
    "The bot that runs in {root} takes no requests (its script is not ours): stop it before its keys are replaced": (
        "{root} 中运行的机器人不接受请求（不是我们的脚本）：更换密钥前请先停止它"
    ),
    "There are no keys in {root}: store them with `keys import` or `keys new`": (
        "{root} 中没有密钥：请用 `keys import` 或 `keys new` 保存"
    ),
    "There are no keys to remove in {root}": "{root} 中没有可删除的密钥",
    "CONNECTOR ({connector}) must be one of {names}": "CONNECTOR（{connector}）必须是以下之一：{names}",
    "There are no keys for {connector} in {root}": "{root} 中没有 {connector} 的密钥",
    "keys remove asks before it deletes: add --yes where there is no terminal": (
        "keys remove 删除前需要确认：没有终端时请加 --yes"
    ),
    "{file} holds another pair: use --replace to put the copy in its place": (
        "{file} 中是另一对密钥：用 --replace 以副本替换"
    ),
    "The key {key} is not the secret's public half: take both from the same place at Backpack": (
        "密钥 {key} 不是该私钥对应的公钥：请从 Backpack 的同一处取得两者"
    ),
    "{name} must be base64 of {sizes} bytes": "{name:zh} 必须是 {sizes} 字节的 base64",
    "{name} must be base64 of {sizes} bytes, not of {length}": (
        "{name:zh} 必须是 {sizes} 字节的 base64，而不是 {length} 字节"
    ),
    "The key (BACKPACK_KEY)": "公钥（BACKPACK_KEY）",
    "The secret (BACKPACK_SECRET)": "私钥（BACKPACK_SECRET）",
    "The keystore needs a password: set HBOT_PASSWORD, use --password-stdin, or run in a terminal": (
        "密钥库需要密码：请设置 HBOT_PASSWORD、使用 --password-stdin，或在终端中运行"
    ),
    "The keystore password must not be empty": "密钥库密码不能为空",
    "The two passwords differ": "两次输入的密码不一致",
    "--password-stdin expects the password as the first line of standard input": (
        "--password-stdin 需要标准输入的第一行为密码"
    ),
    "{url} does not answer ({why}): {start} store the pair unproven with --offline": (
        "{url} 没有应答（{why}）：{start:zh}用 --offline 不经验证保存密钥"
    ),
    "start it with `hummingbot-backpack simulator`, or": "请用 `hummingbot-backpack simulator` 启动，或",
    "try again later, or": "请稍后再试，或",
    "{url} refuses the pair with key {key}: {why}": "{url} 拒绝公钥为 {key} 的密钥对：{why}",
    "There are no keys in {root} to rotate: store them with `keys import`": (
        "{root} 中没有可轮换的密钥：请用 `keys import` 保存"
    ),
    "{one} and {other} hold different pairs: store one for both with `keys import`": (
        "{one} 与 {other} 中的密钥对不同：请用 `keys import` 为两者保存同一对"
    ),
    "A rotation to {key} has begun: end it, or begin anew with --restart": (
        "向 {key} 的轮换已开始：请先完成，或用 --restart 重新开始"
    ),
    "The pair with key {key} is the one in use: give another": "公钥为 {key} 的密钥对正在使用：请给出另一对",
    "The bot did not work with the new pair, so the old one is in place again, and it works with that": (
        "机器人无法使用新密钥对，已恢复旧密钥对，并能正常工作"
    ),
    "The bot did not work with the new pair, so the old one is in place again; it does not answer, look at it (`hbot"
    " status`)": "机器人无法使用新密钥对，已恢复旧密钥对；机器人没有应答，请查看（`hbot status`）",
    "{url} does not take the new key ({why}): start the local Backpack first": (
        "{url} 不接受新密钥（{why}）：请先启动本地 Backpack"
    ),
    "The pair with key {key} belongs to another account than the one it is to replace: enter it where the old one"
    " stands, or begin anew with --restart": (
        "公钥为 {key} 的密钥对属于另一个账户，与要替换的不同：请在旧密钥所属账户中登记，或用 --restart 重新开始"
    ),
    "{url} does not answer ({why}): run the command again later": "{url} 没有应答（{why}）：请稍后再运行该命令",
    "There is no pair to import: set {key} and {secret}, or name a file with --env-file": (
        "没有可导入的密钥对：请设置 {key} 和 {secret}，或用 --env-file 指定文件"
    ),
    "{name} is not set in {place}": "{place:zh} 中没有设置 {name}",
    "the environment": "环境变量",
    "{path} is damaged: put it back from a backup": "{path} 已损坏：请从备份恢复",
    "{path} is damaged: {name} is missing": "{path} 已损坏：缺少 {name}",
    "{path} was encrypted with another password, or is damaged": "{path} 使用另一密码加密，或已损坏",
    "{path} holds a pair already: use --replace to put this one in its place": (
        "{path} 中已有密钥对：用 --replace 替换"
    ),
    "There are no keys for {connector} in {root}: store them with `keys import`": (
        "{root} 中没有 {connector} 的密钥：请用 `keys import` 保存"
    ),
    "The keys cannot be stored, and nothing has changed: {why}": "密钥无法保存，未做任何更改：{why}",
}
