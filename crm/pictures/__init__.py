"""Small pictures of sent ones. `crm.pictures.in_subprocess` is the door; that package alone knows Pillow's readers."""
