"""The objects of an account that hold no rows: what was made is written down, and shown when asked."""

import re


class Refused(Exception):
    """What Snowflake would have refused, with its code."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


done = (["status"], [["Statement executed successfully."]])
kinds = "warehouse|resource monitor|role|storage integration|stage|file format|user"


class Account:
    def __init__(self):
        self.objects: dict[str, dict[str, dict[str, str]]] = {}
        self.stages: dict[str, str] = {}
        self.grants: list[tuple[str, str, str, str]] = []

    def make(self, kind: str, name: str, text: str = "") -> None:
        properties = dict(
            (key.lower(), value.strip("'")) for key, value in re.findall(r"(\w+)\s*=\s*('[^']*'|[\w.]+)", text)
        )
        self.objects.setdefault(kind, {}).setdefault(name.upper(), {}).update(properties)
        if kind == "stage" and "url" in properties:
            self.stages[name.upper()] = properties["url"]

    def answer(self, sql: str, tables) -> tuple[list[str], list[list]] | None:
        if match := re.match(rf"create ({kinds})( if not exists)? (\S+)(.*)$", sql, re.I | re.S):
            kind, name = match[1].lower(), match[3]
            if name.upper() not in self.objects.get(kind, {}):
                self.make(kind, name, match[4])
            elif not match[2]:
                raise Refused("002002", f"Object '{name}' already exists.")
            return done
        if match := re.match(rf"alter ({kinds}) (\S+) set\s+(.*)$", sql, re.I | re.S):
            kind, name = match[1].lower(), match[2]
            if kind != "user" and name.upper() not in self.objects.get(kind, {}):
                raise Refused("002003", f"{kind.title()} '{name}' does not exist or not authorized.")
            self.make(kind, name, match[3])
            return done
        if match := re.match(r"grant database role (\S+) to role (\S+)$", sql, re.I):
            self.known_role(match[2])
            self.grants.append(("database role", match[1].upper(), "ROLE", match[2].upper()))
            return done
        if match := re.match(r"revoke database role (\S+) from role (\S+)$", sql, re.I):
            self.grants.remove(("database role", match[1].upper(), "ROLE", match[2].upper()))
            return done
        if match := re.match(r"grant (.+?) on (.+?) to role (\S+)", sql, re.I | re.S):
            self.known_role(match[3])
            self.grants.append((match[1].lower(), " ".join(match[2].split()).upper(), "ROLE", match[3].upper()))
            return done
        if match := re.match(r"grant role (\S+) to (role|user) (\S+)$", sql, re.I):
            self.known_role(match[1])
            self.grants.append(("role", match[1].upper(), match[2].upper(), match[3].upper()))
            return done
        return self.show(sql, tables)

    def known_role(self, name: str) -> None:
        if name.upper() not in {*self.objects.get("role", {}), "SYSADMIN"}:
            raise Refused("002003", f"Role '{name}' does not exist or not authorized.")

    def show(self, sql: str, tables) -> tuple[list[str], list[list]] | None:
        if match := re.match(r"show warehouses like '([^']*)'", sql, re.I):
            found = self.named("warehouse", match[1])
            return ["name", "state", "size", "auto_suspend", "auto_resume", "resource_monitor"], [
                [name, "SUSPENDED", "X-Small", one.get("auto_suspend"), one.get("auto_resume"), one.get("resource_monitor", "null").upper()]
                for name, one in found
            ]
        if match := re.match(r"show resource monitors like '([^']*)'", sql, re.I):
            return ["name", "credit_quota", "used_credits", "suspend_at", "suspend_immediately_at"], [
                [name, one.get("credit_quota"), "0", "95%", "100%"] for name, one in self.named("resource monitor", match[1])
            ]
        if match := re.match(r"show roles like '([^']*)'", sql, re.I):
            return ["name"], [[name] for name, _ in self.named("role", match[1])]
        if match := re.match(r"show integrations like '([^']*)'", sql, re.I):
            return ["name", "type", "enabled"], [
                [name, "EXTERNAL_STAGE", one.get("enabled")] for name, one in self.named("storage integration", match[1])
            ]
        if match := re.match(r"describe integration (\S+)$", sql, re.I):
            one = self.objects.get("storage integration", {}).get(match[1].upper())
            if one is None:
                raise Refused("002003", f"Integration '{match[1]}' does not exist or not authorized.")
            return ["property", "property_type", "property_value", "property_default"], [
                ["STORAGE_AWS_ROLE_ARN", "String", one["storage_aws_role_arn"], ""],
                ["STORAGE_AWS_IAM_USER_ARN", "String", "arn:aws:iam::000000000000:user/stand-in", ""],
                ["STORAGE_AWS_EXTERNAL_ID", "String", "STAND_IN=1", ""],
            ]
        if match := re.match(r"show stages like '([^']*)' in schema (\S+)$", sql, re.I):
            name = f"{match[2]}.{match[1]}".upper()
            return ["name", "url"], [[match[1].upper(), self.stages[name]]] if name in self.stages else []
        if match := re.match(r"show external tables in schema (\S+)$", sql, re.I):
            return ["name", "invalid"], [
                [name.split(".")[-1], "false"] for name in tables.tables if name.startswith(match[1].upper() + ".")
            ]
        if match := re.match(r"show grants to (user|role) (\S+)$", sql, re.I):
            mine = [one for one in self.grants if one[2:] == (match[1].upper(), match[2].upper())]
            if match[1].lower() == "user":
                return ["role"], [[one[1]] for one in mine]
            return ["privilege", "granted_on", "name"], [
                [privilege.strip().upper(), "ROLE" if "role" in one[0] else " ".join(one[1].split()[:-1]), one[1].split()[-1]]
                for one in mine for privilege in one[0].split(",")
            ]
        if match := re.match(r"show parameters like '([^']*)' in session$", sql, re.I):
            told = [one[match[1].lower()] for one in self.objects.get("user", {}).values() if match[1].lower() in one]
            return ["key", "value"], [[match[1].upper(), told[-1] if told else "false"]]
        if match := re.match(r"list @(\S+)$", sql, re.I):
            folder = tables.folder(match[1], self.stages)
            if not folder.exists():
                raise Refused("091003", "Failure using stage area. Cause: [Access Denied (Status Code: 403)]")
            return ["name", "size"], [[str(path), path.stat().st_size] for path in folder.rglob("*.parquet")]
        return None

    def named(self, kind: str, pattern: str) -> list[tuple[str, dict[str, str]]]:
        return [(name, one) for name, one in self.objects.get(kind, {}).items() if name == pattern.upper()]
