document.querySelectorAll('.page').forEach(function (page) {
  page.addEventListener('click', function (event) {
    var box = page.getBoundingClientRect();
    var mm = function (part, whole) { return (part * whole).toFixed(1); };
    var across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    var x = mm(across, page.dataset.width), y = mm(down, page.dataset.height);
    var old = page.querySelector('.point');
    if (old) { old.remove(); }
    var point = document.createElement('div');
    point.className = 'point';
    point.style.left = across * 100 + '%';
    point.style.top = down * 100 + '%';
    page.appendChild(point);
    var quote = function (text) { return "'" + text.replace(/'/g, "'\\''") + "'"; };
    var file = page.dataset.file, sealed = file.replace(/\.pdf$/i, '') + '-sealed.pdf';
    page.nextElementSibling.textContent = x + ' mm, ' + y + ' mm: sello stamp ' + quote(file) + ' -o ' + quote(sealed) +
      ' --page ' + page.dataset.page + ' --x ' + x + ' --y ' + y;
  });
});
