variable "region" {
  type        = string
  default     = "nyc3"
  description = "Slug of the region of everything: a reserved IP can point at droplets of its own region only."
}

variable "name" {
  type        = string
  default     = "web-lb"
  description = "Name of the VPC, and beginning of the names of the firewalls."
}

variable "ssh_keys" {
  type        = list(string)
  description = "Ids or fingerprints of the SSH keys that may log in as root."
  validation {
    condition     = length(var.ssh_keys) > 0
    error_message = "Expected at least one SSH key: the secrets are placed over SSH after the droplets are there."
  }
}

variable "ssh_from" {
  type        = list(string)
  default     = ["0.0.0.0/0", "::/0"]
  description = "Networks that may reach SSH."
}

variable "size" {
  type        = string
  default     = "s-1vcpu-1gb"
  description = "Slug of the size of the droplets."
}

variable "image" {
  type        = string
  default     = "debian-12-x64"
  description = "Slug of the image of the droplets; the steps are written for Debian 12."
}

variable "ip_range" {
  type        = string
  default     = "10.110.0.0/24"
  description = "The VPC's private network, which may also read HAProxy's statistics. DigitalOcean picks the addresses in it."
  validation {
    condition     = can(cidrhost(var.ip_range, 1))
    error_message = "Expected a network such as 10.110.0.0/24."
  }
}

variable "apt_url" {
  type        = string
  default     = ""
  description = "Address of an apt repository with the package (make apt-repo). Empty: bring flipagent_VERSION_amd64.deb over SSH."
}

variable "apt_keyring" {
  type        = string
  default     = ""
  description = "Path of that repository's flipagent.gpg. It is a public key, no secret."
}
