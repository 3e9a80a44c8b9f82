# What deploy/cloud-init/user-data.sh prints, for one droplet. A module of its own that needs no provider, so that it can be tried without a cloud.
# user-data stays readable on the droplet and in the state: no secret belongs there.

variable "part" {
  type        = string
  description = "web or haproxy."
}

variable "values" {
  type        = map(string)
  description = "Names of the table Variables of deploy/reference/README.md."
}

variable "apt_url" {
  type    = string
  default = ""
}

variable "apt_keyring" {
  type    = string
  default = ""
}

locals {
  reference = "${path.module}/../../reference"
  patterns  = { web = ["www/**", "apache/**"], haproxy = ["haproxy/**", "rsyslog/**", "flipagent.yaml"] }
  files     = toset(flatten([for pattern in local.patterns[var.part] : tolist(fileset(local.reference, pattern))]))
  apt = var.apt_url == "" ? tomap({}) : tomap({
    "apt-url"       = base64encode("${var.apt_url}\n")
    "flipagent.gpg" = filebase64(var.apt_keyring)
  })
  contents = merge(local.apt, { for file in local.files : file => filebase64("${local.reference}/${file}") }, {
    "setup.sh" = filebase64("${path.module}/../../cloud-init/setup.sh")
    "values"   = base64encode(join("", [for name, value in var.values : "${name}=${value}\n"]))
  })
}

output "text" {
  value = join("\n", ["#cloud-config", yamlencode({
    write_files = [for path, content in local.contents : {
      path        = "/root/reference/${path}"
      permissions = path == "setup.sh" ? "0755" : "0644"
      encoding    = "b64"
      content     = content
    }]
    runcmd = [["/root/reference/setup.sh", var.part]]
  })])
}
